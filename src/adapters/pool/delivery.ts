import type { NodeStatus } from "node-red";
import { quote, StitchError } from "../../core/errors.ts";
import type { Clock, Random } from "../../core/ports.ts";
import type { HostFeedback } from "../../core/route/host-view.ts";
import { checkPool, type RouteSettings } from "../../core/route/route-settings.ts";
import type { HostId } from "../../core/units.ts";
import type { GatewayPool } from "./gateway-pool.ts";
import { MqttDelivery } from "./mqtt-delivery.ts";
import { WireDelivery } from "./wire-delivery.ts";

export type Message = Readonly<Record<string, unknown>>;
/** One element per output of the node. */
export type Outputs = (Message | null)[];

/** `msg.undeliverable`: why no host got the message, for people and for a Switch node. */
export interface UndeliverableMark {
  readonly reason: string;
  readonly code?: string;
  readonly host?: HostId;
}

/** How a route node gets its messages to the hosts. */
export interface Delivery {
  /** What goes out at once, or once it is known; null: nothing. Throws StitchError for a message that can't be sent. */
  deliver(msg: Message): Outputs | null | Promise<Outputs | null>;
  feedback(feedback: HostFeedback): void;
  /** Looks at the hosts anew; what the node shows. */
  look(): NodeStatus;
  close(): void;
}

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
