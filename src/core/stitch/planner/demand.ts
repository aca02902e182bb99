import type { Curve, SessionProfile } from "../../forecast/session-profile.ts";
import type { Millis } from "../../ports.ts";
import type { SessionId } from "../../units.ts";
import type { PlanInput, PlannedSlot } from "./plan-types.ts";

/** Intervals that the lead time is cut into: within it slots are shifted… */
export const LEAD_POINTS = 3;
/** …and in as long a time again they are mirrored, so that they are warm when it comes to that. */
export const POINTS = 6;
/** Numbers per slot: messages/s at each point, then bytes/s at each. */
export const WIDTH: number = 2 * POINTS;

/** What the slots of a session that has several carry together. */
interface SessionTotal {
  messagesPerSec: number;
  bytesPerSec: number;
  slots: number;
}

/**
 * What each slot is going to need: max(measured, forecast where it may be trusted) at each point ahead. One flat array,
 * `WIDTH` numbers per slot: a step over 10,000 sessions leaves the garbage collector one object.
 */
export function demandOf(input: PlanInput): Float64Array {
  const { slots, profileOf } = input;
  const demand = new Float64Array(slots.length * WIDTH);
  const isPredictive = input.settings.policy === "predictive";
  const totals = isPredictive ? totalsOf(slots) : undefined;
  for (let i = 0; i < slots.length; i++) {
    const { id, load } = slots[i] as PlannedSlot;
    const at = i * WIDTH;
    for (let point = 0; point < POINTS; point++) {
      demand[at + point] = load.messagesPerSec;
      demand[at + POINTS + point] = load.bytesPerSec;
    }
    if (!totals) continue;
    const profile = profileOf(id.sessionId);
    // Without a forecast that beats naive, what is measured counts alone: a wrong season or trend does harm.
    if (!profile || !(profile.model.skill > 0)) continue;
    const total = totals.get(id.sessionId);
    raise(
      input,
      demand,
      at,
      profile,
      profile.messages,
      shareOf(load.messagesPerSec, total?.messagesPerSec, total),
    );
    raise(
      input,
      demand,
      at + POINTS,
      profile,
      profile.bytes,
      shareOf(load.bytesPerSec, total?.bytesPerSec, total),
    );
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

/** Raises `POINTS` numbers to the highest upper bound of the forecast's steps that touch each point's interval. */
function raise(
  { nowMs, settings }: PlanInput,
  demand: Float64Array,
  at: number,
  { atMs, stepMs }: SessionProfile,
  { upper }: Curve,
  share: number,
): void {
  const perPoint = pointMs(settings.leadTimeMs) / stepMs;
  const start = (nowMs - atMs) / stepMs;
  for (let point = 0; point < POINTS; point++) {
    const from = start + point * perPoint;
    const end = Math.min(upper.length, Math.ceil(from + perPoint));
    for (let i = Math.max(0, Math.floor(from)); i < end; i++) {
      const predicted = (upper[i] as number) * share;
      if (predicted > (demand[at + point] as number)) demand[at + point] = predicted;
    }
  }
}
