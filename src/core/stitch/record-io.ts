import type { Millis } from "../ports.ts";
import type { RecordWrite } from "../record/record-store.ts";
import type { SlotRecord, StoredRecord } from "../record/slot-record.ts";
import type { Epoch, Revision } from "../units.ts";

/** A wait before the store is asked again, doubling. */
const RETRY_MS = 50;
const RETRY_MAX_MS = 2000;

/** A compare-and-set; `purpose` is what it was for, should something else have come up meanwhile. */
export interface PendingWrite<Purpose> {
  readonly record: SlotRecord;
  readonly expected: Revision;
  readonly purpose: Purpose;
}

export type RecordNews<Purpose> =
  /** The write is durable. */
  | { readonly kind: "landed"; readonly write: PendingWrite<Purpose> }
  /** Another epoch than the one known: somebody else moved the slot. */
  | { readonly kind: "moved" }
  /** The known epoch, possibly a newer revision. */
  | { readonly kind: "seen" }
  /** Nothing to go by: an old version, or the fate of the write is still open. */
  | { readonly kind: "nothing" };

/**
 * The orchestrator's view of one record: the newest version known, and at most one read or write in flight.
 * A write of unknown fate is never forgotten: it is read, and recognised by its id or put again on the same base.
 */
export class RecordIo<Purpose> {
  stored: StoredRecord | undefined;
  #busy: "no" | "reading" | "writing" = "no";
  #write: PendingWrite<Purpose> | undefined;
  #retryAtMs: Millis = 0;
  #failures = 0;

  get isIdle(): boolean {
    return this.#busy === "no" && !this.#write;
  }

  /** A compare-and-set is in flight or its fate unknown. */
  get isWriting(): boolean {
    return this.#write !== undefined;
  }

  isReady(nowMs: Millis): boolean {
    return this.#busy === "no" && nowMs >= this.#retryAtMs;
  }

  read(): void {
    this.#busy = "reading";
  }

  put(write: PendingWrite<Purpose>): PendingWrite<Purpose> {
    this.#write = write;
    this.#busy = "writing";
    return write;
  }

  failed(nowMs: Millis): void {
    this.#busy = "no";
    this.#backOff(nowMs);
  }

  /** A write to put again on the same base: the record has not changed under it. */
  again(stored: StoredRecord | undefined): PendingWrite<Purpose> | undefined {
    const write = this.#write;
    return write && this.#busy === "reading" && (stored?.revision ?? 0) === write.expected
      ? write
      : undefined;
  }

  wasRead(stored: StoredRecord | undefined, epoch: Epoch, nowMs: Millis): RecordNews<Purpose> {
    if (this.#busy !== "reading") return { kind: "nothing" };
    this.#busy = "no";
    return this.#see(stored, epoch, nowMs);
  }

  wrote(writeId: string, result: RecordWrite, epoch: Epoch, nowMs: Millis): RecordNews<Purpose> {
    const write = this.#write;
    if (write?.record.writeId !== writeId || this.#busy !== "writing") return { kind: "nothing" };
    this.#busy = "no";
    switch (result.outcome) {
      case "written":
        return this.#landed(write, result.revision);
      case "conflict":
        return this.#conflict(result.stored, epoch, nowMs);
      case "indeterminate":
        // The first time the record is read at once.
        if (this.#failures > 0) this.#backOff(nowMs);
        else this.#failures++;
        return { kind: "nothing" };
      default:
        return result satisfies never;
    }
  }

  #conflict(stored: StoredRecord | undefined, epoch: Epoch, nowMs: Millis): RecordNews<Purpose> {
    const before = this.stored?.revision;
    const news = this.#see(stored, epoch, nowMs);
    // A conflict with what was known already: the store is behind itself, don't ask it in a tight loop.
    if (this.stored?.revision === before) this.#backOff(nowMs);
    return news;
  }

  #landed(write: PendingWrite<Purpose>, revision: Revision): RecordNews<Purpose> {
    this.#write = undefined;
    this.#failures = 0;
    this.stored = { record: write.record, revision };
    return { kind: "landed", write };
  }

  #see(stored: StoredRecord | undefined, epoch: Epoch, nowMs: Millis): RecordNews<Purpose> {
    const write = this.#write;
    if (write && stored?.record.writeId === write.record.writeId) return this.#landed(write, stored.revision);
    this.#write = undefined;
    const found = stored?.record.epoch ?? 0;
    // Rule 9: a lower epoch is old news, whatever the store says.
    if (found < epoch || (stored?.revision ?? 0) < (this.stored?.revision ?? 0)) {
      this.#backOff(nowMs);
      return { kind: "nothing" };
    }
    this.#failures = 0;
    this.stored = stored;
    return { kind: found > epoch ? "moved" : "seen" };
  }

  #backOff(nowMs: Millis): void {
    this.#retryAtMs = nowMs + Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** this.#failures);
    this.#failures++;
  }
}
