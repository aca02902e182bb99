import type { SlotRecord } from "../record/slot-record.ts";
import type { Epoch, HostId, Seq } from "../units.ts";
import type { Numbering } from "./log-book.ts";

/** Who owns the slot from now on, and what is committed of it. */
export interface Assignment {
  readonly epoch: Epoch;
  readonly owner: HostId;
  readonly seq: Seq;
  readonly begun?: SlotRecord["begun"];
}

/** First and last number that a route retains of a slot: acked + 1 to last. */
export interface RetainedRange {
  readonly acked: Seq;
  readonly last: Seq;
}

/** By which epoch one slot's messages are numbered in the route, and how they are at the next one. */
export class StreamNumbering {
  epoch: Epoch = 0;
  /** undefined: never assigned here. */
  owner: HostId | undefined;
  /** Numbers were given in `epoch`, by this route or by its predecessor. */
  isBegun = false;
  /** A predecessor sent no further in `epoch`: what came later has no number in it. */
  sentThrough: Seq = Number.POSITIVE_INFINITY;

  isOldNews({ epoch }: Assignment): boolean {
    return this.owner !== undefined && epoch < this.epoch;
  }

  /** The record that a predecessor numbered by was deleted: its numbers mean nothing in the one made since. */
  isRecordAnew({ epoch }: Assignment): boolean {
    return this.owner === undefined && epoch <= this.epoch;
  }

  /** What was committed while this route numbered the slot. Not remembered: nothing more than was acknowledged. */
  ownedThrough({ epoch, seq, begun }: Assignment, acked: Seq): Seq {
    const isOwn = epoch === this.epoch || !begun;
    const through = isOwn ? seq : (begun.find(([next]) => next === this.epoch + 1)?.[1] ?? acked);
    return Math.min(through, this.sentThrough);
  }

  /** How the slot will be numbered once the assignment has been taken in; undefined: as it is. */
  after(assignment: Assignment, { acked, last }: RetainedRange): Numbering | undefined {
    if (this.isOldNews(assignment)) return undefined;
    if (!this.isBegun || this.isRecordAnew(assignment)) return { trims: 0, acked: assignment.seq };
    const through = Math.max(acked, Math.min(last, this.ownedThrough(assignment, acked)));
    return { trims: through - acked, acked: Math.max(through, assignment.seq) };
  }
}
