/**
 * What a device is by its whole trace: the reference that the online profile is judged by. Another method than the
 * online one (spectrum and moments of long blocks, not fits of a window of 64 gaps), so that both don't share errors.
 *
 * The rule. The gaps between messages are cut into blocks of 256 (the last one may have 32 or more); a gap of more than
 * 20 × the block's 95th percentile is an outage and left out, and so is one in which the recorder stood still (an hour
 * without a message of any of a set's 10 or more devices). A block is, by the first that holds,
 * 1. streaming: mean gap ≤ 250 ms, and at most a tenth of its time passes in gaps longer than a second;
 * 2. periodic: there is a period p with |mean of exp(2πi gap/p)| ≥ 0.6 over all gaps (of random gaps it is 0.2; jitter of
 *    16 % of p gives 0.6), to which a quarter of the gaps are equal within a half and the mean gap is at most 4 p, and
 *    p is at least 3 × the trace's time resolution; or the gaps up to the 95th percentile have a cv of at most 0.5;
 * 3. bursty: B = (cv - 1) / (cv + 1) ≥ 0.25 (Goh & Barabási 2008, eq. 1), else event-driven.
 * The device is what most of its gaps' blocks are.
 */
import type { Pattern } from "../../src/core/forecast/session-profile.ts";

const BLOCK = 256;
const LEAST_BLOCK = 32;
const OUTAGE = 20;
const STREAM_GAP_MS = 250;
const STREAM_PAUSE_MS = 1_000;
const STREAM_PAUSES = 0.1;
const RECORDER_MS = 3_600_000;
const RECORDER_DEVICES = 10;
const CONCENTRATION = 0.6;
const SINGLE = 0.25;
const MOST_PERIODS = 4;
const RESOLUTIONS = 3;
const REGULAR_CV = 0.5;
const BURSTY = 0.25;
/** Ratio of a trial period to the one before: fine enough for gaps of 8 periods. */
const FINER = 1.005;

const at = (sorted: readonly number[], q: number): number => sorted[Math.floor(q * (sorted.length - 1))] ?? 0;

function momentsOf(values: readonly number[]): { readonly mean: number; readonly cv: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, cv: mean > 0 ? Math.sqrt(square) / mean : 0 };
}

/** How well the gaps keep the beat of a period: 1 for exact multiples. */
function concentration(gaps: readonly number[], periodMs: number): number {
  let cos = 0;
  let sin = 0;
  let single = 0;
  for (const gap of gaps) {
    const turns = gap / periodMs;
    cos += Math.cos(2 * Math.PI * turns);
    sin += Math.sin(2 * Math.PI * turns);
    if (turns > 0.5 && turns < 1.5) single++;
  }
  return single < SINGLE * gaps.length ? 0 : Math.hypot(cos, sin) / gaps.length;
}

function isPeriodic(gaps: readonly number[], sorted: readonly number[], resolutionMs: number): boolean {
  const usual = at(sorted, 0.95);
  if (momentsOf(gaps.filter((gap) => gap <= usual)).cv <= REGULAR_CV) return true;
  const { mean } = momentsOf(gaps);
  const least = Math.max(at(sorted, 0.05), mean / MOST_PERIODS, RESOLUTIONS * resolutionMs);
  for (let periodMs = least; periodMs <= at(sorted, 0.75) * FINER; periodMs *= FINER)
    if (concentration(gaps, periodMs) >= CONCENTRATION) return true;
  return false;
}

function isStreaming(gaps: readonly number[]): boolean {
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  const paused = gaps.reduce((sum, gap) => sum + (gap > STREAM_PAUSE_MS ? gap : 0), 0);
  return total <= STREAM_GAP_MS * gaps.length && paused <= STREAM_PAUSES * total;
}

function labelOfBlock(all: readonly number[], resolutionMs: number): Pattern {
  const limit =
    OUTAGE *
    at(
      all.toSorted((a, b) => a - b),
      0.95,
    );
  const gaps = all.filter((gap) => gap <= limit);
  const sorted = gaps.toSorted((a, b) => a - b);
  if (isStreaming(gaps)) return "streaming";
  if (isPeriodic(gaps, sorted, resolutionMs)) return "periodic";
  const { cv } = momentsOf(gaps);
  return (cv - 1) / (cv + 1) >= BURSTY ? "bursty" : "event-driven";
}

/** Greatest number of ms that every gap is a multiple of, to the ms. */
function resolutionOf(gaps: readonly number[]): number {
  let divisor = 0;
  for (const gap of gaps) {
    let rest = gap;
    while (rest > 0) [divisor, rest] = [rest, divisor % rest];
    if (divisor === 1) return 1;
  }
  return divisor;
}

/** Starts of the times in which a set's recorder stood still. */
export function standstills(traces: readonly (readonly number[])[]): number[] {
  if (traces.length < RECORDER_DEVICES) return [];
  const all = traces.flat().sort((a, b) => a - b);
  return all.filter((time, i) => (all[i + 1] ?? time) - time > RECORDER_MS);
}

/** undefined: too short to be told. `still`: see standstills. */
export function labelOf(times: readonly number[], still: readonly number[]): Pattern | undefined {
  const isWatched = (from: number, to: number): boolean => !still.some((time) => time >= from && time < to);
  const spans = times.slice(1).map((to, i) => ({ from: times[i] ?? 0, to }));
  const gaps = spans.filter(({ from, to }) => isWatched(from, to)).map(({ from, to }) => to - from);
  const resolutionMs = resolutionOf(gaps);
  const votes = new Map<Pattern, number>();
  for (let from = 0; from === 0 || from + LEAST_BLOCK <= gaps.length; from += BLOCK) {
    const block = gaps.slice(from, from + BLOCK);
    if (block.length < LEAST_BLOCK) return undefined;
    const label = labelOfBlock(block, resolutionMs);
    votes.set(label, (votes.get(label) ?? 0) + block.length);
  }
  return [...votes].sort(([, a], [, b]) => b - a)[0]?.[0];
}
