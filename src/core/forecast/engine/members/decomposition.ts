import { fitLags, type LagModel, lagsOf, predictLags } from "../lag-regression.ts";
import { fromLog, type LogScale, logScaleOf, toLog } from "../log-scale.ts";
import type { Past } from "../past.ts";
import { medianOf } from "../statistics.ts";
import type { Member } from "./member.ts";

/**
 * Several seasons taken out one after the other, shortest first (as MSTL does: Bandara, Hyndman & Bergmeir 2021),
 * each by the median of its phase, and the rest forecast by autoregression. On a logarithmic scale, so that seasons
 * multiply.
 */
export interface DecompositionModel {
  readonly scale: LogScale;
  readonly profiles: readonly Float64Array[];
  readonly rest: LagModel;
}

/** Sums of all values before each index. */
function sumsOf(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = (sums[i] as number) + (values[i] as number);
  return sums;
}

/** Each phase's median difference from the mean of the cycle around it, smoothed 1-2-1, summing to 0. */
function profileOf(values: Float64Array, seen: Uint8Array, season: number, offset: number): Float64Array {
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
  const share = trustOf(byPhase, medians, smooth, mean);
  return smooth.map((value) => share * (value - mean));
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

function seasonalAt(profiles: readonly Float64Array[], step: number): number {
  let sum = 0;
  for (const profile of profiles) sum += profile[step % profile.length] as number;
  return sum;
}

export const decomposition: Member<DecompositionModel> = {
  name: "decomposition",

  fit({ values, seen, offset }: Past, length, { seasons }, start) {
    const usable = seasons.filter((season) => 2 * season <= length);
    const scale = start?.scale ?? logScaleOf(values.subarray(0, length));
    const rest = values.subarray(0, length).map((value) => toLog(scale, value));
    const profiles: Float64Array[] = [];
    for (const season of usable) {
      const profile = profileOf(rest, seen, season, offset);
      for (let i = 0; i < length; i++)
        rest[i] = (rest[i] as number) - (profile[(offset + i) % season] as number);
      profiles.push(profile);
    }
    const model = fitLags(rest, seen, start?.rest);
    return model && { scale, profiles, rest: model };
  },

  path({ scale, profiles, rest }, { values, offset }, origin, h) {
    const from = Math.max(0, origin - lagsOf(rest));
    const recent = values
      .subarray(from, origin)
      .map((value, i) => toLog(scale, value) - seasonalAt(profiles, offset + from + i));
    return predictLags(rest, recent, h).map((value, i) =>
      fromLog(scale, value + seasonalAt(profiles, offset + origin + i)),
    );
  },
};
