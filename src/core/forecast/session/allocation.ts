import type { Millis } from "../../ports.ts";
import type { Bps, Capacity, PerSec, Share } from "../../units.ts";
import type { Allocation, Curve } from "../session-profile.ts";

/** The hosts that a session may be spread over, as far as their capacities are known. */
export interface HostRoom {
  /** Each host's limits. */
  readonly capacities: readonly Capacity[];
  /** Utilisation above which a host counts as saturated, in (0, 1). */
  readonly threshold: Share;
}

export interface AllocationInput {
  readonly atMs: Millis;
  readonly stepMs: Millis;
  readonly bytes: Curve;
  readonly messages: Curve;
  /** Set aside for the upper curve, not the median: the model has skill, or the device may come back any time. */
  readonly isUpper: boolean;
  /** Carried in the step that just ended. */
  readonly carriedBps: Bps;
  readonly room: HostRoom;
}

/** Growth from the step before that needs something in place. */
const GROWTH = 1.05;

/**
 * What to set aside for a session. The peak is the upper curve's where that is trusted, else the median's or
 * what is carried now, whichever is higher: a forecast without skill must not hold hosts back. `capacityBps` leaves
 * the room that keeps the utilisation below the threshold; `hosts` is how many typical hosts that takes, by bytes
 * or by messages; `readyByMs` is the start of the first step that exceeds what is carried now by 5 %, else of the
 * peak step.
 */
export function allocate(input: AllocationInput): Allocation {
  const { atMs, stepMs, bytes, messages, isUpper, carriedBps, room } = input;
  const curve = isUpper ? bytes.upper : bytes.median;
  const [peak, peakStep] = highest(curve);
  const peakBps = isUpper ? peak : Math.max(peak, carriedBps);
  const [peakPerSec] = highest(isUpper ? messages.upper : messages.median);
  const rise = curve.findIndex((bps) => bps > carriedBps * GROWTH);
  return {
    peakBps,
    peakAtMs: atMs + peakStep * stepMs,
    hosts: hostsFor(peakBps, peakPerSec, room),
    capacityBps: peakBps / room.threshold,
    readyByMs: atMs + (rise < 0 ? peakStep : Math.min(rise, peakStep)) * stepMs,
  };
}

function highest(curve: readonly number[]): [value: number, step: number] {
  let best = 0;
  for (let i = 1; i < curve.length; i++) if ((curve[i] ?? 0) > (curve[best] ?? 0)) best = i;
  return [curve[best] ?? 0, best];
}

/** Typical hosts that carry the peak below the threshold; never more than there are, at least one. */
function hostsFor(bps: Bps, perSec: PerSec, { capacities, threshold }: HostRoom): number {
  const needed = Math.max(
    bps / (middle(capacities, "bytesPerSec") * threshold),
    perSec / (middle(capacities, "messagesPerSec") * threshold),
  );
  return Math.max(1, Math.min(Math.ceil(needed), capacities.length));
}

/** Median of the hosts' limits; Infinity where none is known. */
function middle(capacities: readonly Capacity[], limit: keyof Capacity): number {
  const known = capacities.map((capacity) => capacity[limit] ?? 0).filter((value) => value > 0);
  known.sort((a, b) => a - b);
  return known[known.length >> 1] ?? Number.POSITIVE_INFINITY;
}
