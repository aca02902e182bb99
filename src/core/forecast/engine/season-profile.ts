import { medianInPlace } from "./statistics.ts";

/** What a season looks like, and how far to believe it. */
export interface SeasonProfile {
  /** Per phase (step modulo season), summing to 0. */
  readonly shape: Float64Array;
  /** Share that isn't noise, 0..1. */
  readonly trust: number;
}

/** Sums of all values before each index. */
function sumsOf(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = (sums[i] as number) + (values[i] as number);
  return sums;
}

/** Differences of a series from the mean of the cycle around each value, phase by phase. */
interface ByPhase {
  readonly differences: Float64Array;
  /** Where each phase's differences begin, and the last one's end. */
  readonly from: Int32Array;
}

function differencesByPhase(values: Float64Array, seen: Uint8Array, season: number, offset: number): ByPhase {
  const sums = sumsOf(values);
  const from = new Int32Array(season + 1);
  const start = offset % season;
  for (let i = 0, phase = start; i < values.length; i++, phase = phase + 1 === season ? 0 : phase + 1)
    if (seen[i]) from[phase + 1] = (from[phase + 1] as number) + 1;
  for (let phase = 0; phase < season; phase++)
    from[phase + 1] = (from[phase + 1] as number) + (from[phase] as number);
  const next = from.slice();
  const differences = new Float64Array(from[season] as number);
  const last = values.length - season;
  for (let i = 0, phase = start; i < values.length; i++, phase = phase + 1 === season ? 0 : phase + 1) {
    if (!seen[i]) continue;
    const first = Math.max(0, Math.min(i - (season >> 1), last));
    const mean = ((sums[first + season] as number) - (sums[first] as number)) / season;
    const at = next[phase] as number;
    differences[at] = (values[i] as number) - mean;
    next[phase] = at + 1;
  }
  return { differences, from };
}

/** Each phase's median difference from the mean of the cycle around it, smoothed 1-2-1. */
export function profileOf(
  values: Float64Array,
  seen: Uint8Array,
  season: number,
  offset: number,
): SeasonProfile {
  const byPhase = differencesByPhase(values, seen, season, offset);
  const { differences, from } = byPhase;
  const medians = new Float64Array(season);
  for (let phase = 0; phase < season; phase++) {
    const own = differences.subarray(from[phase], from[phase + 1]);
    if (own.length > 0) medians[phase] = medianInPlace(own);
  }
  const smooth = new Float64Array(season);
  let sum = 0;
  for (let i = 0; i < season; i++) {
    const before = medians[(i + season - 1) % season] as number;
    const after = medians[(i + 1) % season] as number;
    smooth[i] = (before + 2 * (medians[i] as number) + after) / 4;
    sum += smooth[i] as number;
  }
  const mean = sum / season;
  return { shape: smooth.map((value) => value - mean), trust: trustOf(byPhase, medians, smooth, mean) };
}

/**
 * Share of a profile that isn't noise (James & Stein 1961): 1 for a season that dwarfs the scatter within its
 * phases, 0 for one that chance explains.
 */
function trustOf(
  { differences, from }: ByPhase,
  medians: Float64Array,
  smooth: Float64Array,
  mean: number,
): number {
  let scatter = 0;
  for (let phase = 0; phase < medians.length; phase++) {
    for (let i = from[phase] as number; i < (from[phase + 1] as number); i++)
      scatter += ((differences[i] as number) - (medians[phase] as number)) ** 2;
  }
  const count = differences.length;
  const free = count - medians.length;
  if (free <= 0) return 0;
  const cycles = count / medians.length;
  // The smoothing 1-2-1 keeps 6/16 of the noise's variance; a median's is up to pi/2 of a mean's.
  const noise = ((scatter / free) * (6 / 16) * (Math.PI / 2)) / cycles;
  const spread = smooth.reduce((sum, value) => sum + (value - mean) ** 2, 0) / smooth.length;
  return spread > 0 ? Math.max(0, 1 - noise / spread) : 0;
}
