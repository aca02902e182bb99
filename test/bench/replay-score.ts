/** What a replay's forecasts are measured against: the counts that were recorded, step by step. */
import type { SessionProfile } from "../../src/core/forecast/session-profile.ts";
import type { Trace } from "./traces.ts";

export interface Setup {
  /** Seconds of trace per second of run. */
  readonly speed: number;
  readonly stepMs: number;
  readonly horizon: number;
  /** Length of the run. */
  readonly steps: number;
}

export interface Score {
  error: number;
  naiveError: number;
  scale: number;
  /** Profiles that were scored. */
  made: number;
  /** Sum of the LSTM's weights in them. */
  lstm: number;
}

export const START_MS = 1_700_000_000_000;
/** Steps before a forecast that its scale is taken from. */
const SCALE_STEPS = 60;

/** When each message of a trace is due in the run; those after its end included. */
export function dueOf({ times }: Trace, { speed }: Setup): number[] {
  return times.map((time) => START_MS + (time - (times[0] ?? 0)) / speed);
}

/**
 * Messages per step of the run. NaN from the step of a device's last message on, where that is before the run's end:
 * nobody knows whether the device was silent from then on, or only no longer recorded.
 */
export function countsOf(trace: Trace, setup: Setup): Float64Array {
  const { stepMs, steps } = setup;
  const counts = new Float64Array(steps);
  const due = dueOf(trace, setup).map((atMs) => Math.floor((atMs - START_MS) / stepMs));
  for (const step of due) if (step < steps) counts[step] = (counts[step] ?? 0) + 1;
  return counts.fill(Number.NaN, due.at(-1) ?? 0);
}

/** Mean change from one step to the next before `at`; 0: there is too little to tell. */
function scaleOf(counts: Float64Array, first: number, at: number): number {
  const from = Math.max(first, at - SCALE_STEPS);
  let change = 0;
  for (let i = from + 1; i < at; i++) change += Math.abs((counts[i] ?? 0) - (counts[i - 1] ?? 0));
  return at - from >= 2 ? change / (at - from - 1) : 0;
}

/** Adds what a profile says of the steps that were recorded. */
export function addTo(score: Score, profile: SessionProfile, counts: Float64Array, stepMs: number): void {
  const at = (profile.atMs - START_MS) / stepMs;
  const first = counts.findIndex((count) => count > 0);
  const scale = scaleOf(counts, first, at);
  if (!(scale > 0) || Number.isNaN(counts[at])) return;
  const last = counts[at - 1] ?? 0;
  score.made++;
  score.lstm += profile.model.members?.find(({ name }) => name === "lstm")?.weight ?? 0;
  for (let i = 0; i < profile.horizon && at + i < counts.length; i++) {
    const actual = counts[at + i] as number;
    if (Number.isNaN(actual)) break;
    score.error += Math.abs(((profile.messages.median[i] ?? 0) * stepMs) / 1000 - actual);
    score.naiveError += Math.abs(last - actual);
    score.scale += scale;
  }
}

export function sumOf(scores: Iterable<Score>): Score {
  const sum = { error: 0, naiveError: 0, scale: 0, made: 0, lstm: 0 };
  for (const { error, naiveError, scale, made, lstm } of scores) {
    sum.error += error;
    sum.naiveError += naiveError;
    sum.scale += scale;
    sum.made += made;
    sum.lstm += lstm;
  }
  return sum;
}
