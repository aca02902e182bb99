import type { Node, NodeAPI, NodeDef } from "node-red";
import { systemClock } from "../src/adapters/clock.ts";
import { onInput } from "../src/adapters/nodered/input.ts";
import { statusLine } from "../src/adapters/nodered/status.ts";
import { wiredOutputs } from "../src/adapters/nodered/wired-outputs.ts";
import type { Delivery } from "../src/adapters/pool/delivery.ts";
import type { GatewayPool } from "../src/adapters/pool/gateway-pool.ts";
import { openDelivery } from "../src/adapters/pool/open-delivery.ts";
import { StitchError } from "../src/core/errors.ts";
import { readFeedback } from "../src/core/route/feedback.ts";
import { type RouteFields, readRouteSettings } from "../src/core/route/route-settings.ts";

interface RouteDef extends NodeDef, RouteFields {
  readonly pool: string;
}

/** Hosts are looked at so often, and the status with them. */
const LOOK_MS = 1000;

/** in: a device's message, or one with `msg.feedback`. out: one per host (by MQTT none); last: undeliverable. */
export default function register(RED: NodeAPI): void {
  function poolOf(id: string): GatewayPool | undefined {
    if (!id) return undefined;
    const node = RED.nodes.getNode(id) as { pool?: GatewayPool } | null;
    if (!node?.pool)
      throw new StitchError(
        "BAD_CONFIG",
        "the session-pool that is chosen is missing, disabled or not set up",
      );
    return node.pool;
  }

  function RouteNode(this: Node, def: RouteDef): void {
    RED.nodes.createNode(this, wiredOutputs(def));
    const status = statusLine(this);

    const run = (delivery: Delivery): void => {
      onInput(this, (msg) => {
        if (msg["feedback"] === undefined) return delivery.deliver(msg);
        delivery.feedback(readFeedback(msg["feedback"]));
        return null;
      });
      const show = (): void => status(delivery.look());
      const timer = setInterval(show, LOOK_MS);
      show();
      this.on("close", () => {
        clearInterval(timer);
        delivery.close();
        status({});
      });
    };

    try {
      run(
        openDelivery({
          settings: readRouteSettings(def),
          pool: poolOf(def.pool),
          clock: systemClock,
          random: { next: Math.random },
          emit: (outputs) => this.send(outputs as never),
        }),
      );
    } catch (error) {
      status({ fill: "red", shape: "ring", text: "not set up" });
      this.error(error instanceof Error ? error.message : String(error));
      // Each message fails, visibly, where a Catch node can take it.
      onInput(this, () => {
        throw error;
      });
    }
  }
  RED.nodes.registerType("session-route", RouteNode);
}
