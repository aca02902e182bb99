import type { Node, NodeAPI, NodeDef, NodeMessage } from "node-red";
import { statusLine } from "../src/adapters/nodered/status.ts";
import { failedFlow, toFlow } from "../src/adapters/pool/flow-messages.ts";

import type { HostPool } from "../src/adapters/pool/host-pool.ts";
import type { HostRuntime } from "../src/adapters/pool/host-runtime.ts";
import { StitchError } from "../src/core/errors.ts";
import { type ReceiveFields, readHostSettings } from "../src/core/stitch/host-settings.ts";

interface ReceiveDef extends NodeDef, ReceiveFields {
  readonly pool: string;
}

/** Status is looked at so often, and sent only when it differs. */
const STATUS_MS = 1000;

/** out: 1 a message of a slot this host owns, with `msg.session` and `msg.state`; 2 a mirrored message. */
export default function register(RED: NodeAPI): void {
  function ReceiveNode(this: Node, def: ReceiveDef): void {
    RED.nodes.createNode(this, def);
    const status = statusLine(this);
    const ends: (() => void)[] = [];

    const open = (): HostRuntime => {
      const node = RED.nodes.getNode(def.pool) as { pool?: HostPool } | null;
      if (!node?.pool) throw new StitchError("BAD_CONFIG", "no session-pool is chosen, or it is disabled");
      return node.pool.host(readHostSettings(def));
    };

    const run = (runtime: HostRuntime): void => {
      ends.push(
        runtime.onMessage((message) => this.send(toFlow(message))),
        runtime.onMirror((message) => this.send([null, toFlow(message)])),
        runtime.onError((failure) => this.error(failure.error, failedFlow(failure) as NodeMessage)),
      );
      let refusedBefore = 0;
      const show = (): void => {
        const { owned, mirrored, refused } = runtime.status;
        if (refused > refusedBefore) {
          refusedBefore = refused;
          status({ fill: "yellow", shape: "dot", text: "flow too slow: full" });
          return;
        }
        const text = `owns ${owned}, mirrors ${mirrored}`;
        const fill = owned > 0 ? "green" : "grey";
        // Node-RED's status texts are shorter than 20 characters.
        status({ fill, shape: "dot", text: text.length < 20 ? text : `${owned} + ${mirrored}` });
      };
      const timer = setInterval(show, STATUS_MS);
      // What comes before the whole flow stands would find no commit node.
      const start = (): void => {
        runtime.start();
        show();
      };
      RED.events.once("flows:started", start);
      ends.push(
        () => clearInterval(timer),
        () => RED.events.removeListener("flows:started", start),
        () => runtime.close(),
      );
    };

    try {
      run(open());
    } catch (error) {
      status({ fill: "red", shape: "ring", text: "not set up" });
      this.error(error instanceof Error ? error.message : String(error));
    }
    this.on("close", () => {
      for (const end of ends) end();
      status({});
    });
  }
  RED.nodes.registerType("session-receive", ReceiveNode);
}
