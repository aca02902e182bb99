import { medianOf } from "./statistics.ts";

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

/** Each phase's median difference from the mean of the cycle around it, smoothed 1-2-1. */
export function profileOf(
  values: Float64Array,
  seen: Uint8Array,
  season: number,
  offset: number,
): SeasonProfile {
  const sums = sumsOf(values);
  const byPhase: number[][] = Array.from({ length: season }, () => []);
  for (let i = 0; i < values.length; i++) {
    if (!seen[i]) continue;
    const from = Math.max(0, Math.min(i - (season >> 1), values.length - season));
    const mean = ((sums[from + season] as number) - (sums[from] as number)) / season;
    byPhase[(offset + i) % season]?.push((values[i] as number) - mean);
  }
  const medians = byPhase.map((differences) =>
    differences.length > 0 ? medianOf(Float64Array.from(differences)) : 0,
  );
  const smooth = Float64Array.from(medians, (median, i) => {
    const before = medians[(i + season - 1) % season] as number;
    const after = medians[(i + 1) % season] as number;
    return (before + 2 * median + after) / 4;
  });
  const mean = smooth.reduce((sum, value) => sum + value, 0) / season;
  return { shape: smooth.map((value) => value - mean), trust: trustOf(byPhase, medians, smooth, mean) };
}

/**
 * Share of a profile that isn't noise (James & Stein 1961): 1 for a season that dwarfs the scatter within its
 * phases, 0 for one that chance explains.
 */
function trustOf(
  byPhase: readonly number[][],
  medians: readonly number[],
  smooth: Float64Array,
  mean: number,
): number {
  let scatter = 0;
  let count = 0;
  for (const [phase, differences] of byPhase.entries()) {
    for (const difference of differences) scatter += (difference - (medians[phase] as number)) ** 2;
    count += differences.length;
  }
  const free = count - byPhase.length;
  if (free <= 0) return 0;
  const cycles = count / byPhase.length;
  // The smoothing 1-2-1 keeps 6/16 of the noise's variance; a median's is up to pi/2 of a mean's.
  const noise = ((scatter / free) * (6 / 16) * (Math.PI / 2)) / cycles;
  const spread = smooth.reduce((sum, value) => sum + (value - mean) ** 2, 0) / smooth.length;
  return spread > 0 ? Math.max(0, 1 - noise / spread) : 0;
}
