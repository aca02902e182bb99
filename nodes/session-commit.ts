import type { Node, NodeAPI, NodeDef, NodeMessage } from "node-red";
import { onInput } from "../src/adapters/nodered/input.ts";
import { statusLine } from "../src/adapters/nodered/status.ts";
import { isCaught, outputMarkOf, outputsOf, sessionOf } from "../src/adapters/pool/flow-messages.ts";

import type { HostPool } from "../src/adapters/pool/host-pool.ts";
import type { HostRuntime } from "../src/adapters/pool/host-runtime.ts";
import { StitchError } from "../src/core/errors.ts";
import { readOutboxBytes } from "../src/core/stitch/host-settings.ts";

interface CommitDef extends NodeDef {
  readonly pool: string;
  readonly outboxBytes: string;
}

const STATUS_MS = 1000;

/** in: a message the flow is done with, or an output that a Complete node brings back. out: committed outputs. */
export default function register(RED: NodeAPI): void {
  /** A Complete node is wired to this node (in a subflow: to the node it is made from). */
  function isConfirmed(node: Node & { _alias?: string }): boolean {
    let found = false;
    RED.nodes.eachNode((other) => {
      const { type, wires, d } = other as NodeDef & { wires?: string[][]; d?: boolean };
      const targets = type === "complete" && !d ? (wires ?? []).flat() : [];
      found ||= targets.some((id) => id === node.id || id === node._alias);
    });
    return found;
  }

  function CommitNode(this: Node, def: CommitDef): void {
    RED.nodes.createNode(this, def);
    const status = statusLine(this);
    let runtime: HostRuntime | undefined;
    let detach = (): unknown => undefined;

    /** The receive node may be deployed after this one, or anew. */
    const attach = (): HostRuntime => {
      const node = RED.nodes.getNode(def.pool) as { pool?: HostPool } | null;
      const current = node?.pool?.hostRuntime;
      if (!current) throw new StitchError("BAD_CONFIG", "the pool has no receive node on this host");
      if (current === runtime) return current;
      detach();
      detach = current.onOutput(({ message, output }) => this.send({ ...message, output } as NodeMessage));
      current.setConfirmation(isConfirmed(this), readOutboxBytes(def.outboxBytes));
      runtime = current;
      return current;
    };
    const show = (): void => {
      const { pending = 0, unconfirmed = 0 } = runtime?.status ?? {};
      const text = unconfirmed > 0 ? `${unconfirmed} unconfirmed` : `${pending} pending`;
      status({ fill: runtime ? "green" : "red", shape: unconfirmed > 0 ? "ring" : "dot", text });
    };
    const started = (): void => {
      try {
        attach();
      } catch (error) {
        this.error(error instanceof Error ? error.message : String(error));
      }
      show();
    };
    RED.events.prependListener("flows:started", started);
    const timer = setInterval(show, STATUS_MS);

    onInput(this, (msg) => {
      const mark = outputMarkOf(msg);
      if (mark) attach().confirm(mark);
      else if (isCaught(msg)) attach().failed(sessionOf(msg), outputsOf(msg));
      else attach().processed(sessionOf(msg), msg["state"], outputsOf(msg));
      return null;
    });
    this.on("close", () => {
      RED.events.removeListener("flows:started", started);
      clearInterval(timer);
      detach();
      status({});
    });
  }
  RED.nodes.registerType("session-commit", CommitNode);
}
