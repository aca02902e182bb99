import { createRequire } from "node:module";
import type { Node, NodeAPI, NodeDef } from "node-red";
import helper from "node-red-node-test-helper";
import registerForecast from "../../nodes/session-forecast.ts";
import registerProfile from "../../nodes/session-profile.ts";
import type { GatewayPool } from "../../src/adapters/pool/gateway-pool.ts";

const require = createRequire(import.meta.url);
helper.init(require.resolve("node-red"));

export type Message = Record<string, unknown>;
type Spied = Node & { error: { args: unknown[][] }; status: { args: unknown[][] } };

/** Profile and forecast nodes in a real Node-RED runtime, with helper nodes behind it and a pool that the test makes. */
export class ForecastFlow {
  readonly received = new Map<string, Message[]>();
  pool: Partial<GatewayPool> | undefined;

  async load(nodes: readonly object[], more: readonly string[] = []): Promise<void> {
    await new Promise<void>((started) => helper.startServer(() => started()));
    const registerPool = (RED: NodeAPI): void => {
      const { pool } = this;
      RED.nodes.registerType("session-pool", function (this: Node & { pool?: unknown }, def: NodeDef) {
        RED.nodes.createNode(this, def);
        this.pool = pool;
      });
    };
    const core = more.map((file) => require(`@node-red/nodes/core/${file}`));
    await helper.load([...core, registerPool, registerProfile, registerForecast] as never, nodes as never);
    for (const node of nodes as NodeDef[]) if (node.type === "helper") this.listen(node.id);
  }

  /** Keeps what a node gets. */
  listen(id: string): void {
    const kept: Message[] = [];
    this.received.set(id, kept);
    this.node(id).on("input", (msg, _send, done) => {
      kept.push(msg as unknown as Message);
      done();
    });
  }

  node(id: string): Spied {
    return helper.getNode(id) as Spied;
  }

  got(id: string): Message[] {
    return this.received.get(id) ?? [];
  }

  send(id: string, msg: object): void {
    this.node(id).receive(msg as never);
  }

  async unload(): Promise<void> {
    await helper.unload();
    await new Promise<void>((stopped) => helper.stopServer(() => stopped()));
  }

  /** Waits for turns of the event loop until `isTrue`. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise(setImmediate);
  }
}
