import { type Envelope, KIND } from "../../src/core/record/envelope.ts";
import type { RetentionCommand } from "../../src/core/stitch/protocol.ts";
import { Retention } from "../../src/core/stitch/retention.ts";

export const ID = { sessionId: "cam-7", slot: 3 };
export const RETRANSMIT_MS = 2000;

/** A retention of one slot, and what it sent. */
export class Route {
  readonly machine: Retention;
  nowMs = 0;
  epoch = 0;
  constructor(options: { maxBytes?: number; windowMessages?: number } = {}) {
    this.machine = new Retention({ gateway: "gw", maxBytes: 1e6, ...options });
  }
  offer(payload: unknown, bytes = 10): RetentionCommand[] {
    return this.machine.handle({ type: "offer", id: ID, message: { payload, bytes, atMs: 5 } }, this.nowMs);
  }
  assign(
    seq: number,
    owner = "A",
    more: { begun?: readonly (readonly [number, number])[] } = {},
  ): RetentionCommand[] {
    const event = { type: "assigned", id: ID, epoch: ++this.epoch, owner, seq, ...more } as const;
    return this.machine.handle(event, this.nowMs);
  }
  reply(
    kind: Envelope["kind"],
    seq: number,
    meta: Envelope["meta"] = {},
    epoch = this.epoch,
  ): RetentionCommand[] {
    const envelope = { ...ID, kind, epoch, seq, meta: { host: "A", ...meta }, payload: undefined };
    return this.machine.handle({ type: "reply", envelope }, this.nowMs);
  }
  ack(seq: number): RetentionCommand[] {
    return this.reply(KIND.ACK, seq);
  }
  do(type: "hold" | "release" | "close"): RetentionCommand[] {
    return this.machine.handle({ type, id: ID }, this.nowMs);
  }
  tick(afterMs: number): RetentionCommand[] {
    this.nowMs += afterMs;
    return this.machine.handle({ type: "tick" }, this.nowMs);
  }
}

export const sent = (commands: readonly RetentionCommand[]): string[] =>
  commands.flatMap((command) =>
    command.type === "committed"
      ? []
      : command.type === "send"
        ? [`${command.host} ${command.envelope.kind === KIND.MARK ? "MARK " : ""}${command.envelope.seq}`]
        : [command.type],
  );
