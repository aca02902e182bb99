import type { Curve } from "../../forecast/session-profile.ts";
import type { Millis } from "../../ports.ts";
import type { SessionId } from "../../units.ts";
import type { PlanInput, PlannedSlot } from "./plan-types.ts";

/** Intervals that the lead time is cut into: within it slots are shifted… */
export const LEAD_POINTS = 3;
/** …and in as long a time again they are mirrored, so that they are warm when it comes to that. */
export const POINTS = 6;
/** What is expected of a slot: messages/s at each point, then bytes/s at each. */
export const WIDTH: number = 2 * POINTS;
/** Numbers per slot: what is expected, then by how much it may be more (the spread), in the same order. */
export const STRIDE: number = 2 * WIDTH;

/** What the slots of a session that has several carry together. */
interface SessionTotal {
  messagesPerSec: number;
  bytesPerSec: number;
  slots: number;
}

/**
 * What each slot is going to need at each point ahead: expected is max(measured, the forecast's median), the spread
 * reaches from there to the forecast's upper bound; a forecast counts only where it may be trusted. One flat array,
 * `STRIDE` numbers per slot: a step over 10,000 sessions leaves the garbage collector one object.
 */
export function demandOf(input: PlanInput): Float64Array {
  const { slots, profileOf, nowMs, settings } = input;
  const demand = new Float64Array(slots.length * STRIDE);
  const totals = settings.policy === "predictive" ? totalsOf(slots) : undefined;
  for (let i = 0; i < slots.length; i++) {
    const { id, load } = slots[i] as PlannedSlot;
    const at = i * STRIDE;
    demand.fill(load.messagesPerSec, at, at + POINTS);
    demand.fill(load.bytesPerSec, at + POINTS, at + WIDTH);
    if (!totals) continue;
    const profile = profileOf(id.sessionId);
    // Without a forecast that beats naive, what is measured counts alone: a wrong season or trend does harm.
    if (!profile || !(profile.model.skill > 0)) continue;
    const total = totals.get(id.sessionId);
    const start = (nowMs - profile.atMs) / profile.stepMs;
    const perPoint = pointMs(settings.leadTimeMs) / profile.stepMs;
    const raise = { demand, start, perPoint };
    const messages = shareOf(load.messagesPerSec, total?.messagesPerSec, total);
    raiseTo(profile.messages, messages, at, raise);
    raiseTo(profile.bytes, shareOf(load.bytesPerSec, total?.bytesPerSec, total), at + POINTS, raise);
  }
  return demand;
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

/** Length of the interval that one point stands for. */
export function pointMs(leadTimeMs: Millis): Millis {
  return leadTimeMs / LEAD_POINTS;
}

interface Raise {
  readonly demand: Float64Array;
  /** Where now is on the curve, and how long a point's interval is, steps. */
  readonly start: number;
  readonly perPoint: number;
}

/** Raises `POINTS` numbers, and their spreads, to the highest of the curve's steps that touch each point's interval. */
function raiseTo(
  { median, upper }: Curve,
  share: number,
  at: number,
  { demand, start, perPoint }: Raise,
): void {
  for (let point = 0; point < POINTS; point++) {
    const from = start + point * perPoint;
    const end = Math.min(upper.length, Math.ceil(from + perPoint));
    let middle = 0;
    let most = 0;
    for (let i = Math.max(0, Math.floor(from)); i < end; i++) {
      middle = Math.max(middle, median[i] as number);
      most = Math.max(most, upper[i] as number);
    }
    const expected = Math.max(demand[at + point] as number, middle * share);
    demand[at + point] = expected;
    demand[at + WIDTH + point] = Math.max(0, most * share - expected);
  }
}
