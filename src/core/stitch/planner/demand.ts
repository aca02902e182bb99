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

interface SessionTotal {
  messagesPerSec: number;
  bytesPerSec: number;
  slots: number;
  readonly curve: Float64Array | undefined;
}

/**
 * What each slot is going to need: max(measured, forecast where it may be trusted) at each point ahead. One flat array,
 * `WIDTH` numbers per slot: a step over 10,000 sessions leaves the garbage collector one object.
 */
export function demandOf(input: PlanInput): Float64Array {
  const { slots } = input;
  const demand = new Float64Array(slots.length * WIDTH);
  const totals = sessionTotals(input);
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as PlannedSlot;
    const { messagesPerSec, bytesPerSec } = slot.load;
    const at = i * WIDTH;
    demand.fill(messagesPerSec, at, at + POINTS);
    demand.fill(bytesPerSec, at + POINTS, at + WIDTH);
    const total = totals.get(slot.id.sessionId);
    if (total?.curve) raise(demand, at, total.curve, total, slot);
  }
  return demand;
}

/** Raises a slot's numbers to its share of the session's forecast. */
function raise(
  demand: Float64Array,
  at: number,
  curve: Float64Array,
  total: SessionTotal,
  { load }: PlannedSlot,
): void {
  // Nothing was measured yet: the slots share alike.
  const messageShare = total.messagesPerSec > 0 ? load.messagesPerSec / total.messagesPerSec : 1 / total.slots;
  const byteShare = total.bytesPerSec > 0 ? load.bytesPerSec / total.bytesPerSec : 1 / total.slots;
  for (let point = 0; point < WIDTH; point++) {
    const share = point < POINTS ? messageShare : byteShare;
    const predicted = (curve[point] as number) * share;
    if (predicted > (demand[at + point] as number)) demand[at + point] = predicted;
  }
}

/** Sessions with a forecast that counts, and what all their slots carry. */
function sessionTotals(input: PlanInput): Map<SessionId, SessionTotal> {
  const totals = new Map<SessionId, SessionTotal>();
  if (input.settings.policy !== "predictive") return totals;
  for (const { id, load } of input.slots) {
    let total = totals.get(id.sessionId);
    if (!total) {
      const profile = input.profileOf(id.sessionId);
      // Without a forecast that beats naive, what is measured counts alone: a wrong season or trend does harm.
      const curve = profile && profile.model.skill > 0 ? curveAhead(profile, input) : undefined;
      total = { messagesPerSec: 0, bytesPerSec: 0, slots: 0, curve };
      totals.set(id.sessionId, total);
    }
    total.messagesPerSec += load.messagesPerSec;
    total.bytesPerSec += load.bytesPerSec;
    total.slots++;
  }
  return totals;
}

function curveAhead(profile: SessionProfile, { nowMs, settings }: PlanInput): Float64Array {
  const curve = new Float64Array(WIDTH);
  const stepMs = pointMs(settings.leadTimeMs);
  for (let point = 0; point < POINTS; point++) {
    const fromMs = nowMs + point * stepMs;
    curve[point] = highest(profile, profile.messages, fromMs, fromMs + stepMs);
    curve[POINTS + point] = highest(profile, profile.bytes, fromMs, fromMs + stepMs);
  }
  return curve;
}

/** Length of the interval that one point stands for. */
export function pointMs(leadTimeMs: Millis): Millis {
  return leadTimeMs / LEAD_POINTS;
}

/** Highest upper bound of the steps that touch the interval; 0 where the forecast has run out. */
function highest({ atMs, stepMs }: SessionProfile, { upper }: Curve, fromMs: Millis, toMs: Millis): number {
  const first = Math.max(0, Math.floor((fromMs - atMs) / stepMs));
  const last = Math.min(upper.length, Math.ceil((toMs - atMs) / stepMs)) - 1;
  let max = 0;
  for (let i = first; i <= last; i++) max = Math.max(max, upper[i] as number);
  return max;
}
