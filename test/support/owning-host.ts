import assert from "node:assert/strict";
import { type Envelope, KIND } from "../../src/core/record/envelope.ts";
import type { OutboxEntry, SlotRecord, StoredRecord } from "../../src/core/record/slot-record.ts";
import { Ownership, type OwnershipOptions } from "../../src/core/stitch/ownership.ts";
import type { OwnershipCommand, OwnershipEvent } from "../../src/core/stitch/protocol.ts";

export const ID = { sessionId: "cam-7", slot: 3 };

export function stored(revision: number, overrides: Partial<SlotRecord> = {}): StoredRecord {
  const record = {
    epoch: 1,
    owner: "A",
    seq: 0,
    state: undefined,
    outbox: [],
    writeId: "gw.1",
    ...overrides,
  };
  return { record, revision };
}

/** Host A with one slot; remembers what is asked of it. */
export class Host {
  readonly machine: Ownership;
  nowMs = 0;
  log: OwnershipCommand[] = [];

  constructor(options: Partial<OwnershipOptions> = {}) {
    this.machine = new Ownership({
      host: "A",
      incarnation: "a1",
      ack: "commit",
      commitTimeoutMs: 10_000,
      confirmable: true,
      outboxBytes: 1e6,
      ...options,
    });
  }
  handle(event: OwnershipEvent): OwnershipCommand[] {
    const commands = this.machine.handle(event, this.nowMs);
    this.log.push(...commands);
    return commands;
  }
  receive(
    seq: number,
    epoch = 1,
    kind: Envelope["kind"] = KIND.DATA,
    meta: Envelope["meta"] = {},
  ): OwnershipCommand[] {
    const envelope = { ...ID, kind, epoch, seq, meta: { gateway: "gw", ...meta }, payload: `m${seq}` };
    return this.handle({ type: "stream", envelope });
  }
  read(answer: StoredRecord | undefined): OwnershipCommand[] {
    return this.handle({ type: "record", id: ID, stored: answer });
  }
  process(seq: number, state: unknown, outputs: string[] = [], epoch = 1): OwnershipCommand[] {
    const messages = outputs.map((payload) => ({ payload }));
    return this.handle({ type: "processed", id: ID, epoch, seq, state, outputs: messages });
  }
  /** The write that was asked for last. */
  get write(): Extract<OwnershipCommand, { type: "write" }> {
    const writes = this.log.filter((command) => command.type === "write");
    return writes.at(-1) ?? assert.fail("nothing was written");
  }
  wrote(revision: number): OwnershipCommand[] {
    const { writeId } = this.write.record;
    return this.handle({ type: "wrote", id: ID, writeId, result: { outcome: "written", revision } });
  }
  conflict(standing: StoredRecord | undefined): OwnershipCommand[] {
    const { writeId } = this.write.record;
    return this.handle({ type: "wrote", id: ID, writeId, result: { outcome: "conflict", stored: standing } });
  }
  timeOut(): OwnershipCommand[] {
    const { writeId } = this.write.record;
    const result = { outcome: "indeterminate", error: new Error("time-out") } as const;
    return this.handle({ type: "wrote", id: ID, writeId, result });
  }
  confirm(seq: number, index = 0): OwnershipCommand[] {
    return this.handle({ type: "confirmed", id: ID, seq, index });
  }
  tick(afterMs: number): OwnershipCommand[] {
    this.nowMs += afterMs;
    return this.handle({ type: "tick" });
  }
  /** Owns the slot, with message 1 in the flow's hands. */
  static delivering(options: Partial<OwnershipOptions> = {}, record: Partial<SlotRecord> = {}): Host {
    const host = new Host(options);
    host.receive((record.seq ?? 0) + 1);
    host.read(stored(1, record));
    return host;
  }
}

export function brief(command: OwnershipCommand): string {
  switch (command.type) {
    case "deliver":
      return `deliver ${command.envelope.seq} ${JSON.stringify(command.state)}`;
    case "emit":
      return `${command.repeat ? "repeat" : "emit"} ${command.seq}/${command.index}`;
    case "reply": {
      const { kind, seq, epoch, meta } = command.envelope;
      if (meta.mirror) return `mirrored ${epoch}/${seq}`;
      return kind === KIND.ACK ? `ack ${seq}` : `nack ${meta.reason} ${meta.expected ?? epoch}`;
    }
    case "write":
      return `write ${command.record.seq} on ${command.expected}`;
    case "complain":
      return "complain";
    case "report":
      return `report ${command.seq}`;
    default:
      return command.type;
  }
}
export const briefs = (commands: readonly OwnershipCommand[]): string[] => commands.map(brief);
export const entry = (seq: number): OutboxEntry => ({ seq, index: 0, message: { payload: seq } });
