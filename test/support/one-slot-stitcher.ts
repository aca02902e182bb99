import assert from "node:assert/strict";
import type { RecordWrite } from "../../src/core/record/record-store.ts";
import type { SlotRecord, StoredRecord } from "../../src/core/record/slot-record.ts";
import { Orchestrator, type OrchestratorOptions } from "../../src/core/stitch/orchestrator.ts";
import type { OrchestratorCommand, OrchestratorEvent } from "../../src/core/stitch/protocol.ts";

export const ID = { sessionId: "cam-7", slot: 3 };

export function stored(revision: number, overrides: Partial<SlotRecord> = {}): StoredRecord {
  const record = { epoch: 1, owner: "A", seq: 0, state: "s", outbox: [], writeId: "a.1", ...overrides };
  return { record, revision };
}

/** An orchestrator of one slot with hosts A, B and C up; remembers what it asked for. */
export class Stitcher {
  readonly machine: Orchestrator;
  nowMs = 0;
  log: OrchestratorCommand[] = [];

  constructor(options: Partial<OrchestratorOptions> = {}) {
    this.machine = new Orchestrator({ incarnation: "o1", ...options });
    for (const host of ["A", "B", "C"]) this.handle({ type: "host-up", host });
  }
  handle(event: OrchestratorEvent): string[] {
    const commands = this.machine.handle(event, this.nowMs);
    this.log.push(...commands);
    return commands.map(brief);
  }
  tick(afterMs: number): string[] {
    this.nowMs += afterMs;
    return this.handle({ type: "tick" });
  }
  read(answer: StoredRecord | undefined): string[] {
    return this.handle({ type: "record", id: ID, stored: answer });
  }
  get write(): Extract<OrchestratorCommand, { type: "write" }> {
    return this.log.findLast((command) => command.type === "write") ?? assert.fail("nothing was written");
  }
  answer(result: RecordWrite): string[] {
    return this.handle({ type: "wrote", id: ID, writeId: this.write.record.writeId, result });
  }
  written(revision: number): string[] {
    return this.answer({ outcome: "written", revision });
  }
  conflict(standing: StoredRecord | undefined): string[] {
    return this.answer({ outcome: "conflict", stored: standing });
  }
  shift(to: string): string[] {
    return this.handle({ type: "shift", order: { id: ID, to, reason: "A is full" } });
  }
  mirror(to: string): string[] {
    return this.handle({ type: "mirror", order: { id: ID, to, reason: "A will be full" } });
  }
  acked(host: string, seq: number, epoch = 1): string[] {
    return this.handle({ type: "mirror-acked", id: ID, host, epoch, seq });
  }
  lose(host: string): string[] {
    return this.handle({ type: "host-suspect", host, reason: `${host} missed 3 heartbeats` });
  }
  get state(): string | undefined {
    return this.machine.slot(ID, this.nowMs)?.state;
  }
  /** Slot at A, epoch 1, revision 1. */
  static opened(options: Partial<OrchestratorOptions> = {}): Stitcher {
    const stitcher = new Stitcher(options);
    stitcher.handle({ type: "open", id: ID, first: "A" });
    stitcher.written(1);
    return stitcher;
  }
  /** And B warm. */
  static warm(options: Partial<OrchestratorOptions> = {}): Stitcher {
    const stitcher = Stitcher.opened(options);
    stitcher.mirror("B");
    stitcher.read(stored(5, { seq: 9 }));
    stitcher.acked("B", 9);
    return stitcher;
  }
}

export function brief(command: OrchestratorCommand): string {
  switch (command.type) {
    case "write":
      return `write ${command.record.owner}@${command.record.epoch} on ${command.expected}`;
    case "assign":
      return `assign ${command.owner}@${command.epoch} after ${command.seq}`;
    case "send-mirror":
      return `send-mirror ${command.host} ${command.epoch}/${command.seq}`;
    case "event":
      return command.event.kind;
    default:
      return command.type;
  }
}
