import type { Millis } from "../../ports.ts";
import type { KeptTiers } from "../history/tiered-history.ts";

/** What is kept of a session or a series while it isn't in memory: from it everything is learnt again. */
export interface KeptHistory {
  readonly stepMs: Millis;
  /** Index of the step after the latest one. */
  readonly end: number;
  /** Of each series the latest values, oldest first; NaN = missing. */
  readonly series: readonly Float64Array[];
  /** Of a session, what is older than that, coarser; records of earlier versions have none. */
  readonly coarse?: KeptTiers;
  /** A session that keeps a period: silence is an outage, not nothing to say. */
  readonly isPeriodic?: boolean;
}

/** Steps that are joined at most: more than any forecaster keeps. */
const MOST_STEPS = 1024;
/** Of them nobody counted: as many as a forecaster keeps, so that more would tell it nothing but push out what was. */
export const MOST_SKIPPED = 360;

/** What was kept, the steps nobody counted, and what came since; `end`: index of the step after the latest of those. */
export function rejoined(kept: Float64Array, keptEnd: number, own: Float64Array, end: number): Float64Array {
  const gap = Math.min(MOST_SKIPPED, end - own.length - keptEnd);
  // A clock that went backwards, or a history that somebody else kept longer: what was counted here is believed.
  const known = gap < 0 ? kept.subarray(0, Math.max(0, kept.length + gap)) : kept;
  const missing = Math.max(0, gap);
  const all = new Float64Array(known.length + missing + own.length).fill(Number.NaN);
  all.set(known);
  all.set(own, known.length + missing);
  return all.subarray(Math.max(0, all.length - MOST_STEPS));
}
