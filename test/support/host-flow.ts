import { once } from "node:events";
import { createRequire } from "node:module";
import type { Node, NodeAPI, NodeDef } from "node-red";
import helper from "node-red-node-test-helper";
import registerCommit from "../../nodes/session-commit.ts";
import registerReceive from "../../nodes/session-receive.ts";
import { systemClock } from "../../src/adapters/clock.ts";
import type { HostPool } from "../../src/adapters/pool/host-pool.ts";
import { HostRuntime } from "../../src/adapters/pool/host-runtime.ts";
import { type Envelope, KIND } from "../../src/core/record/envelope.ts";
import type { SlotRecord } from "../../src/core/record/slot-record.ts";
import { MemoryLink } from "./memory-link.ts";
import { MemoryRecords } from "./memory-records.ts";

const require = createRequire(import.meta.url);
helper.init(require.resolve("node-red"));
const complete = require("@node-red/nodes/core/common/24-complete.js");
const catcher = require("@node-red/nodes/core/common/25-catch.js");

export const SLOT = { sessionId: "cam-7", slot: 0 };

/** A host's flow in a real Node-RED runtime, with a pool, a link and records in memory. */
export class HostFlow {
  readonly link = new MemoryLink();
  readonly records = new MemoryRecords();
  readonly replies: Envelope[] = [];
  runtime: HostRuntime | undefined;
  readonly #ends: (() => void)[] = [];

  constructor() {
    this.#ends.push(this.link.onGatewayStream("gw", (envelope) => this.replies.push(envelope)));
    this.records.put(SLOT, this.record());
  }

  record(overrides: Partial<SlotRecord> = {}): SlotRecord {
    return { epoch: 1, owner: "host-1", seq: 0, state: undefined, outbox: [], writeId: "gw.1", ...overrides };
  }

  #registerPool(RED: NodeAPI): void {
    const current = (): HostRuntime | undefined => this.runtime;
    const pool: HostPool = {
      name: "pool",
      host: (settings) => {
        const { link, records } = this;
        this.runtime = new HostRuntime({ ...settings, link, records, clock: systemClock });
        return this.runtime;
      },
      get hostRuntime() {
        return current();
      },
    };
    RED.nodes.registerType("session-pool", function (this: Node & { pool?: HostPool }, def: NodeDef) {
      RED.nodes.createNode(this, def);
      this.pool = pool;
    });
  }

  /** `more`: core node files, or registering functions, that the flow needs besides. */
  async load(nodes: object[], more: readonly unknown[] = []): Promise<void> {
    await new Promise<void>((started) => helper.startServer(() => started()));
    const hasPool = nodes.some((node) => (node as NodeDef).type === "session-pool");
    const flow = hasPool ? nodes : [{ id: "pool", type: "session-pool" }, ...nodes];
    const core = more.map((type) =>
      typeof type === "string" ? require(`@node-red/nodes/core/${type}`) : type,
    );
    const types = [
      ...core,
      (RED: NodeAPI) => this.#registerPool(RED),
      registerReceive,
      registerCommit,
      complete,
      catcher,
    ];
    await helper.load(types as never, flow as never);
  }

  async unload(): Promise<void> {
    await helper.unload();
    await new Promise<void>((stopped) => helper.stopServer(() => stopped()));
    for (const end of this.#ends) end();
  }

  node(id: string): Node {
    return helper.getNode(id);
  }

  /** The next message a helper node gets. */
  async next(id: string): Promise<Record<string, unknown>> {
    const [message] = await once(helper.getNode(id), "input");
    return message as Record<string, unknown>;
  }

  send(seq: number, payload: unknown = { n: seq }, kind: Envelope["kind"] = KIND.DATA): void {
    const meta = {
      gateway: "gw",
      topic: "devices/cam-7/a",
      low: 1,
      props: { qos: 1, output: { id: "upstream" } },
    };
    this.link.sendToHost("host-1", { ...SLOT, kind, epoch: 1, seq, meta, payload });
  }

  /** Waits for turns of the event loop until `isTrue`. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise(setImmediate);
  }
}
