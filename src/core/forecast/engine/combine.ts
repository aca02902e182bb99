import { meanError } from "./backtest.ts";
import { weightedMedian } from "./statistics.ts";

/**
 * Weights fall with the fifth power of the backtest's error: a member that errs 10 % more than the best counts 0.6,
 * one that errs twice as much 0.03. Between 3 and 8 forecasts hardly change; below, poor members outvote good ones,
 * above, luck in the backtest decides alone.
 */
const SHARPNESS = 5;
/**
 * Errors are compared origin by origin, on a logarithmic scale: a calm hour tells as much of a member as a burst.
 * The plain mean has one vote in five, so that a rare large error counts too.
 */
const MEAN_SHARE = 0.2;
/** Errors below this share of the members' mean one are equal: on a quiet series nobody is infinitely better. */
const FLOOR = 0.1;

/** Mean over members of their errors at each origin. */
function typical(errors: readonly Float64Array[]): Float64Array {
  const first = errors[0] ?? new Float64Array();
  return first.map((_, k) => errors.reduce((sum, of) => sum + (of[k] as number), 0) / errors.length);
}

/** Relative weights of members by their errors per origin, the best one's 1; NaN errors tell nothing. */
export function skillWeights(errors: readonly Float64Array[]): Float64Array {
  const usual = typical(errors);
  const floor = FLOOR * meanError(usual) + Number.MIN_VALUE;
  const scores = errors.map((of) => {
    const logs = of.map((error, k) => Math.log((error + floor) / ((usual[k] as number) + floor)));
    return (1 - MEAN_SHARE) * meanError(logs) + MEAN_SHARE * Math.log(meanError(of) + floor);
  });
  const best = Math.min(...scores);
  return Float64Array.from(scores, (score) =>
    Number.isFinite(best) ? Math.exp(SHARPNESS * (best - score)) : 1,
  );
}

/**
 * Weighted median of the members' paths, step by step: robust to a member that blows up, and the value that
 * minimises the members' weighted absolute disagreement.
 */
export function combine(paths: readonly Float64Array[], weights: Float64Array, h: number): Float64Array {
  const combined = new Float64Array(h);
  const values = new Float64Array(paths.length);
  const shares = new Float64Array(paths.length);
  for (let i = 0; i < h; i++) {
    let count = 0;
    for (let k = 0; k < paths.length; k++) {
      const value = paths[k]?.[i] ?? Number.NaN;
      if (!Number.isFinite(value) || !weights[k]) continue;
      values[count] = value;
      shares[count++] = weights[k] as number;
    }
    combined[i] = count > 0 ? weightedMedian(values, shares, count) : Number.NaN;
  }
  return combined;
}
