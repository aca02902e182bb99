import assert from "node:assert/strict";
import type { Random } from "../../src/core/ports.ts";
import type { RecordWrite } from "../../src/core/record/record-store.ts";
import type { SlotId, SlotRecord, StoredRecord } from "../../src/core/record/slot-record.ts";
import { slotKey } from "../../src/core/stitch/slot-key.ts";
import type { Timeline } from "./timeline.ts";

export interface StoreFaults {
  readonly maxDelayMs: number;
  /** Chance that a write's answer is a time-out. */
  timeout: number;
  /** Chance that a read fails. */
  readFails: number;
}

export const outputId = (id: SlotId, seq: number, index: number): string => `${slotKey(id)}/${seq}/${index}`;

/** A store with compare-and-set, delays, and time-outs of writes that did apply, did not, or will later. */
export class SimStore {
  readonly records = new Map<string, StoredRecord>();
  /** Every output that was ever committed. */
  readonly committedOutputs = new Set<string>();
  /** Owner of each (slot, epoch) that ever was. */
  readonly owners = new Map<string, string>();
  readonly watchers = new Set<(id: SlotId, stored: StoredRecord) => void>();
  /** Mutant: writes whatever stands. */
  isBlind = false;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #faults: StoreFaults;
  #revision = 0;

  constructor(timeline: Timeline, random: Random, faults: StoreFaults) {
    this.#timeline = timeline;
    this.#random = random;
    this.#faults = faults;
  }

  #delay(): number {
    return this.#random.next() * this.#faults.maxDelayMs;
  }

  read(id: SlotId, answer: (stored: StoredRecord | undefined, error?: Error) => void): void {
    this.#timeline.after(this.#delay(), () => {
      const stored = this.records.get(slotKey(id));
      const error = this.#random.next() < this.#faults.readFails ? new Error("unavailable") : undefined;
      this.#timeline.after(this.#delay(), () => answer(error ? undefined : stored, error));
    });
  }

  write(id: SlotId, record: SlotRecord, expected: number, answer: (result: RecordWrite) => void): void {
    const timesOut = this.#random.next() < this.#faults.timeout;
    const fate = this.#random.next();
    this.#timeline.after(this.#delay(), () => {
      if (!timesOut) {
        const result = this.#apply(id, record, expected);
        this.#timeline.after(this.#delay(), () => answer(result));
        return;
      }
      if (fate < 0.4) this.#apply(id, record, expected);
      else if (fate < 0.7) this.#timeline.after(this.#delay() * 8, () => this.#apply(id, record, expected));
      this.#timeline.after(this.#delay() + this.#faults.maxDelayMs, () =>
        answer({ outcome: "indeterminate", error: new Error("time-out") }),
      );
    });
  }

  #apply(id: SlotId, record: SlotRecord, expected: number): RecordWrite {
    const key = slotKey(id);
    const stands = this.records.get(key);
    if (!this.isBlind && (stands?.revision ?? 0) !== expected) return { outcome: "conflict", stored: stands };
    this.#check(key, record, stands);
    for (const { seq, index } of record.outbox) this.committedOutputs.add(outputId(id, seq, index));
    const stored = { record, revision: ++this.#revision };
    this.records.set(key, stored);
    for (const watcher of this.watchers) watcher(id, stored);
    return { outcome: "written", revision: stored.revision };
  }

  #check(key: string, record: SlotRecord, stands: StoredRecord | undefined): void {
    const of = `${key}@${record.epoch}`;
    const owner = this.owners.get(of) ?? record.owner;
    assert.equal(record.owner, owner, `${of} has two owners`);
    this.owners.set(of, owner);
    assert.ok(record.epoch >= (stands?.record.epoch ?? 0), `${of}: the epoch goes back`);
    assert.ok(record.seq >= (stands?.record.seq ?? 0), `${of}: the cursor goes back`);
  }
}
