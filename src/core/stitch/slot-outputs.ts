import type { Millis } from "../ports.ts";
import type { OutboxEntry, SlotId } from "../record/slot-record.ts";
import type { Epoch, Seq } from "../units.ts";
import { Outbox } from "./outbox.ts";
import type { OwnershipCommand } from "./protocol.ts";

/**
 * An emitted output that is not confirmed in this time is emitted again, then after twice the time…: `mqtt out`
 * drops what it gets while its broker is away, without an error (Node-RED 5.0.7, 10-mqtt.js, publish).
 */
const CONFIRM_MS = 2000;
const CONFIRM_MAX_MS = 30_000;
/** A trimmed outbox alone is worth a write after so long without a commit. */
const TRIM_WRITE_MS = 1000;

/** Whether a Complete node confirms outputs; may be told late. */
export interface Confirmation {
  readonly confirmable: boolean;
  readonly outboxBytes: number;
}

/**
 * The committed outputs of an owned slot on their way out, in batches: the next goes when the one before is
 * confirmed, so that an output which got lost on its way is repeated before any later one is seen.
 * Where nothing confirms, all go at once and the last group is kept for the next owner.
 */
export class SlotOutputs {
  readonly #id: SlotId;
  readonly #epoch: Epoch;
  readonly #outbox: Outbox;
  readonly #settings: Confirmation;
  #emittedAtMs: Millis = 0;
  #confirmMs = CONFIRM_MS;
  /** Since when the outbox is shorter than the stored one. */
  #trimmedAtMs: Millis | undefined;

  constructor(id: SlotId, epoch: Epoch, entries: readonly OutboxEntry[], settings: Confirmation) {
    this.#id = id;
    this.#epoch = epoch;
    this.#outbox = new Outbox(entries);
    this.#settings = settings;
  }

  /** Bytes that count against the bound: what waits for a confirmation. */
  get bytes(): number {
    return this.#settings.confirmable ? this.#outbox.bytes : 0;
  }

  get unconfirmed(): number {
    return this.#settings.confirmable ? this.#outbox.length : 0;
  }

  /** The outbox is shorter than the stored one. */
  get isTrimmed(): boolean {
    return this.#trimmedAtMs !== undefined;
  }

  /** Whether that alone is worth a write: at once for a slot that is about to move. */
  trimIsDue(isMoving: boolean, nowMs: Millis): boolean {
    return this.#trimmedAtMs !== undefined && (isMoving || nowMs - this.#trimmedAtMs >= TRIM_WRITE_MS);
  }

  /** Outbox of a record that is about to be written and commits `group`. */
  outboxWith(group: readonly OutboxEntry[]): OutboxEntry[] {
    this.#trimmedAtMs = undefined;
    const isReplaced = !this.#settings.confirmable && group.length > 0;
    return isReplaced ? [...group] : [...this.#outbox.entries(), ...group];
  }

  /** What the record held when this host became owner: an earlier owner may or may not have let it go. */
  repeat(nowMs: Millis, out: OwnershipCommand[]): void {
    this.#emitBatch(true, nowMs, out);
  }

  committed(group: readonly OutboxEntry[], nowMs: Millis, out: OwnershipCommand[]): void {
    if (!this.#settings.confirmable && group.length > 0) {
      // Confirmation may have been switched off with outputs still waiting.
      this.emit(this.#outbox.waiting(), false, out);
      this.#outbox.clear();
    }
    this.#outbox.add(group);
    this.#emitBatch(false, nowMs, out);
  }

  /** false: it is none of these outputs. */
  confirm(seq: Seq, index: number, nowMs: Millis, out: OwnershipCommand[]): boolean {
    if (!this.#outbox.confirm(seq, index)) return false;
    this.#trimmedAtMs ??= nowMs;
    this.#emitBatch(false, nowMs, out);
    return true;
  }

  tick(nowMs: Millis, out: OwnershipCommand[]): void {
    if (!this.#settings.confirmable || nowMs - this.#emittedAtMs < this.#confirmMs) return;
    this.#confirmMs = Math.min(CONFIRM_MAX_MS, this.#confirmMs * 2);
    this.#emittedAtMs = nowMs;
    this.emit(this.#outbox.outstanding(), true, out);
  }

  emit(entries: readonly OutboxEntry[], repeat: boolean, out: OwnershipCommand[]): void {
    const address = { id: this.#id, epoch: this.#epoch };
    for (const { seq, index, message } of entries)
      out.push({ type: "emit", ...address, seq, index, message, repeat });
  }

  #emitBatch(repeat: boolean, nowMs: Millis, out: OwnershipCommand[]): void {
    const batch = this.#outbox.nextBatch();
    if (batch.length === 0) return;
    this.#confirmMs = CONFIRM_MS;
    this.#emittedAtMs = nowMs;
    this.emit(batch, repeat, out);
  }
}
