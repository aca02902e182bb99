import type { Node, NodeAPI, NodeDef, NodeMessage } from "node-red";
import { sessionFactsOf } from "../src/adapters/nodered/gateway-message.ts";
import { GatewayNews } from "../src/adapters/nodered/gateway-news.ts";
import { onInput } from "../src/adapters/nodered/input.ts";
import { statusLine } from "../src/adapters/nodered/status.ts";
import { isProfileMessage, stitchStatus } from "../src/adapters/nodered/stitch-messages.ts";
import { wiredOutputs } from "../src/adapters/nodered/wired-outputs.ts";
import type { Gateway, GatewayPool } from "../src/adapters/pool/gateway-pool.ts";
import { StitchError } from "../src/core/errors.ts";
import { readSessionProfile } from "../src/core/forecast/read-session-profile.ts";
import { readDrainOrder } from "../src/core/route/drain-order.ts";

interface StitchDef extends NodeDef {
  readonly pool: string;
}

const STATUS_MS = 1000;

/** in: a device's message, a Session Profile on its own, or `msg.drain`. out: 1 the message with `msg.stitch`; 2 a plan event. */
export default function register(RED: NodeAPI): void {
  function StitchNode(this: Node, def: StitchDef): void {
    RED.nodes.createNode(this, wiredOutputs(def));
    const status = statusLine(this);
    const news = new GatewayNews((message) => this.send([null, message as NodeMessage]));
    let gateway: Gateway | undefined;

    const poolOf = (): GatewayPool => {
      const node = RED.nodes.getNode(def.pool) as { pool?: GatewayPool } | null;
      if (node?.pool) return node.pool;
      throw new StitchError("BAD_CONFIG", "no session-pool is chosen, or it is not set up");
    };
    const open = (): Gateway => {
      const pool = poolOf();
      gateway = pool.gateway();
      news.follow(gateway, pool.settings.name);
      return gateway;
    };
    const show = (): void => {
      if (gateway) status(stitchStatus(gateway.status, gateway.operator, news.latestMove()));
    };
    /** What is not a device's message. */
    const takeOrder = (current: Gateway, msg: Readonly<Record<string, unknown>>): boolean => {
      if (msg["drain"] !== undefined) current.drain(readDrainOrder(msg["drain"]));
      else if (isProfileMessage(msg)) {
        const profile = readSessionProfile(msg["sessionProfile"]);
        poolOf().sessions.entry(profile.sessionId).profile = profile;
        current.profileChanged(profile.sessionId);
      } else return false;
      return true;
    };

    try {
      open();
      show();
    } catch (error) {
      status({ fill: "red", shape: "ring", text: "not set up" });
      this.error(error instanceof Error ? error.message : String(error));
    }
    const timer = setInterval(show, STATUS_MS);

    onInput(this, (msg) => {
      const current = gateway ?? open();
      if (takeOrder(current, msg)) return null;
      const { id: sessionId, slot, slots, bytes } = sessionFactsOf(msg);
      msg["stitch"] = current.take({ sessionId, slot }, slots, bytes);
      return msg;
    });
    this.on("close", () => {
      clearInterval(timer);
      news.end();
      status({});
    });
  }
  RED.nodes.registerType("session-stitch", StitchNode);
}
