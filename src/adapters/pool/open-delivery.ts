import { quote, StitchError } from "../../core/errors.ts";
import type { Clock, Random } from "../../core/ports.ts";
import { checkPool, type RouteSettings } from "../../core/route/route-settings.ts";
import type { Delivery, Outputs } from "./delivery.ts";
import type { GatewayPool } from "./gateway-pool.ts";
import { MqttDelivery } from "./mqtt-delivery.ts";
import { WireDelivery } from "./wire-delivery.ts";

export interface DeliveryOptions {
  readonly settings: RouteSettings;
  readonly pool: GatewayPool | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** What goes out later: messages taken over and given up. */
  readonly emit: (outputs: Outputs) => void;
}

/** Throws StitchError `BAD_CONFIG` where the pool can't serve. */
export function openDelivery({ settings, pool, clock, random, emit }: DeliveryOptions): Delivery {
  if (settings.delivery === "wire")
    return new WireDelivery({ settings, gateway: pool?.gateway(), clock, random, emit });
  checkPool(settings.delivery, pool !== undefined);
  const broker = pool?.settings.broker;
  if (!pool || broker === undefined)
    throw new StitchError(
      "BAD_CONFIG",
      `delivery by MQTT needs a broker: pool ${quote(pool?.settings.name)} has none`,
    );
  const { buffer, bufferBytes } = settings;
  return new MqttDelivery({ gateway: pool.gateway(), buffer, bufferBytes, clock, emit });
}
