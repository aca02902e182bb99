import type { Node, NodeAPI, NodeDef, NodeMessage } from "node-red";
import { systemClock } from "../src/adapters/clock.ts";
import { type ForecastRun, startForecasts } from "../src/adapters/forecast/forecast-run.ts";
import { onInput } from "../src/adapters/nodered/input.ts";
import { statusLine } from "../src/adapters/nodered/status.ts";
import { wiredOutputs } from "../src/adapters/nodered/wired-outputs.ts";
import type { GatewayPool } from "../src/adapters/pool/gateway-pool.ts";
import { type ForecastFields, readForecastSettings } from "../src/core/forecast/session/forecast-settings.ts";

interface ForecastDef extends NodeDef, ForecastFields {
  /** May be empty: sessions are then known to this node only. */
  readonly pool: string;
  readonly wires?: readonly (readonly string[])[];
}

/** in: any message. out: 1 the message (value mode: with `msg.forecast`); 2 each step a Session Profile or forecast. */
export default function register(RED: NodeAPI): void {
  function ForecastNode(this: Node, def: ForecastDef): void {
    RED.nodes.createNode(this, wiredOutputs(def));
    const status = statusLine(this);
    const isSecondWired = (def.wires?.[1]?.length ?? 0) > 0;
    let run: ForecastRun | undefined;

    try {
      run = startForecasts({
        id: this.id,
        settings: readForecastSettings(def),
        clock: systemClock,
        pool: () => (RED.nodes.getNode(def.pool) as { pool?: GatewayPool } | null)?.pool,
        read: (msg, property) => RED.util.getMessageProperty(msg as unknown as NodeMessage, property),
        emit: isSecondWired ? (msg) => this.send([null, msg as NodeMessage]) : undefined,
        show: status,
        warn: ({ message }) => this.warn(message),
      });
    } catch (error) {
      status({ fill: "red", shape: "ring", text: "not set up" });
      this.error(error instanceof Error ? error.message : String(error));
    }

    onInput(this, (msg) => {
      // A node that is not set up has said so; the flow goes on without it.
      return run ? run.take(msg) : msg;
    });
    this.on("close", (done: () => void) => {
      status({});
      if (!run) done();
      else void run.close().then(done, done);
    });
  }
  RED.nodes.registerType("session-forecast", ForecastNode);
}
