import { createRequire } from "node:module";
import type { Node, NodeAPI, NodeDef } from "node-red";
import helper from "node-red-node-test-helper";
import registerCommit from "../../nodes/session-commit.ts";
import registerPool from "../../nodes/session-pool.ts";
import registerReceive from "../../nodes/session-receive.ts";
import type { GatewayPool } from "../../src/adapters/pool/gateway-pool.ts";
import { MemoryRecords } from "./memory-records.ts";

const require = createRequire(import.meta.url);
helper.init(require.resolve("node-red"));

const tlsConfig = require("@node-red/nodes/core/network/05-tls.js");

export interface PoolNode extends Node {
  pool?: GatewayPool;
  /** Spies of the test helper. */
  readonly error: Node["error"] & { readonly args: unknown[][] };
  readonly warn: Node["warn"] & { readonly args: unknown[][]; readonly called: boolean };
}

/** Flows with real pool nodes, in a real Node-RED runtime; their store is in memory. */
export class PoolFlow {
  readonly records = new MemoryRecords();

  async load(nodes: object[], credentials: object = {}): Promise<void> {
    await new Promise<void>((started) => helper.startServer(() => started()));
    const { records } = this;
    const store = (RED: NodeAPI): void =>
      RED.nodes.registerType("session-store", function (this: Node & { store?: object }, def: NodeDef) {
        RED.nodes.createNode(this, def);
        this.store = { records };
      });
    const types = [tlsConfig, store, registerPool, registerReceive, registerCommit];
    await helper.load(types as never, nodes as never, credentials as never);
  }

  async unload(): Promise<void> {
    await helper.unload();
    await new Promise<void>((stopped) => helper.stopServer(() => stopped()));
  }

  node(id: string): PoolNode {
    return helper.getNode(id) as unknown as PoolNode;
  }

  /** Waits for turns of the event loop until `find` finds. */
  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise(setImmediate);
    }
  }
}
