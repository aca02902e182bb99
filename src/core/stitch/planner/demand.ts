import type { Millis } from "../../ports.ts";
import type { SessionId } from "../../units.ts";
import { CurvePoints, GRID } from "./curve-points.ts";
import type { PlanInput, PlannedSlot } from "./plan-types.ts";

/** Intervals that the lead time is cut into: within it slots are shifted… */
export const LEAD_POINTS = 3;
/** …and in as long a time again they are mirrored, so that they are warm when it comes to that. */
export const POINTS = 6;
/** What is expected of a slot: messages/s at each point, then bytes/s at each. */
export const WIDTH: number = 2 * POINTS;
/** Numbers per slot: what is expected, then by how much it may be more (the spread), in the same order. */
export const STRIDE: number = 2 * WIDTH;

/** Length of the interval that one point stands for. */
export function pointMs(leadTimeMs: Millis): Millis {
  return leadTimeMs / LEAD_POINTS;
}

/** What the slots of a session that has several carry together. */
interface SessionTotal {
  messagesPerSec: number;
  bytesPerSec: number;
  slots: number;
}

/**
 * What each slot is going to need at each point ahead: expected is max(measured, the forecast's median), the spread
 * reaches from there to the forecast's upper bound; a forecast counts only where it may be trusted. One flat array,
 * `STRIDE` numbers per slot, kept from step to step: 10,000 sessions leave the garbage collector nothing.
 */
export class Demand {
  #rows = new Float64Array(0);
  readonly #curves = new CurvePoints();

  /** Rows by the slots' index in the input, good until the next call. */
  of(input: PlanInput): Float64Array {
    const { slots, profileOf, nowMs, settings } = input;
    if (this.#rows.length < slots.length * STRIDE) this.#rows = new Float64Array(slots.length * STRIDE);
    const isPredictive = settings.policy === "predictive";
    const totals = isPredictive ? totalsOf(slots) : undefined;
    const isByBytes = input.hosts.some(({ capacity }) => (capacity.bytesPerSec ?? 0) > 0);
    this.#curves.begin({ slots: slots.length, nowMs, pointMs: pointMs(settings.leadTimeMs), isByBytes });
    for (let i = 0; i < slots.length; i++) {
      const { id, load } = slots[i] as PlannedSlot;
      this.#measured(i * STRIDE, load.messagesPerSec, load.bytesPerSec);
      if (!totals) continue;
      const profile = profileOf(id.sessionId);
      // Without a forecast that beats naive, what is measured counts alone: a wrong season or trend does harm.
      if (!profile || !this.#curves.see(i, profile)) continue;
      const total = totals.get(id.sessionId);
      const share = shareOf(load.messagesPerSec, total?.messagesPerSec, total);
      this.#raise(i * STRIDE, this.#curves.messages(i), share);
      if (!isByBytes) continue;
      const byteShare = shareOf(load.bytesPerSec, total?.bytesPerSec, total);
      this.#raise(i * STRIDE + POINTS, this.#curves.bytes(i), byteShare);
    }
    return this.#rows;
  }

  #measured(at: number, messagesPerSec: number, bytesPerSec: number): void {
    const rows = this.#rows;
    for (let point = 0; point < POINTS; point++) {
      rows[at + point] = messagesPerSec;
      rows[at + POINTS + point] = bytesPerSec;
      rows[at + WIDTH + point] = 0;
      rows[at + WIDTH + POINTS + point] = 0;
    }
  }

  /** `from`: where in the curves' points the medians are; the upper bounds follow after `GRID` of them. */
  #raise(at: number, from: number, share: number): void {
    const rows = this.#rows;
    const points = this.#curves.points;
    for (let point = 0; point < POINTS; point++) {
      const expected = Math.max(rows[at + point] as number, (points[from + point] as number) * share);
      rows[at + point] = expected;
      rows[at + WIDTH + point] = Math.max(0, (points[from + GRID + point] as number) * share - expected);
    }
  }
}

/** A slot's observed share of its session; before anything was measured all share alike. */
function shareOf(own: number, all: number | undefined, total: SessionTotal | undefined): number {
  if (!total) return 1;
  return all !== undefined && all > 0 ? own / all : 1 / total.slots;
}

/** Only of sessions with several slots. */
function totalsOf(slots: readonly PlannedSlot[]): Map<SessionId, SessionTotal> {
  const totals = new Map<SessionId, SessionTotal>();
  for (const { id, load, sessionSlots } of slots) {
    if (sessionSlots === 1) continue;
    let total = totals.get(id.sessionId);
    if (!total) {
      total = { messagesPerSec: 0, bytesPerSec: 0, slots: 0 };
      totals.set(id.sessionId, total);
    }
    total.messagesPerSec += load.messagesPerSec;
    total.bytesPerSec += load.bytesPerSec;
    total.slots++;
  }
  return totals;
}
