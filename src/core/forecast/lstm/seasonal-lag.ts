/** A seasonal naive forecast: repeat what was `lag` steps before; 1 = repeat the last value. */
export interface SeasonalLag {
  readonly lag: number;
  /** Log of its mean absolute error over that of repeating the last value; ≤ 0, and 0 when lag is 1. */
  readonly gain: number;
  /** Its mean absolute error. */
  readonly error: number;
}

/** Longest lag tried: a week of quarters of an hour. */
const MAX_LAG = 672;
/** Error of a season over the naive error above which it is not believed. */
const BELIEVED_BELOW = 0.95;
/** Points looked at; older ones change little and cost time. */
const MAX_POINTS = 2 * MAX_LAG;

/** The lag, among those of which two cycles were seen, whose naive forecast `horizon` steps ahead errs least. */
export function findSeasonalLag(values: Float64Array, horizon: number): SeasonalLag {
  const recent = values.length > MAX_POINTS ? values.subarray(values.length - MAX_POINTS) : values;
  const longest = Math.min(MAX_LAG, recent.length >> 1);
  const errors = lagErrors(recent, Math.max(longest, Math.min(horizon, recent.length - 1)));
  const naive = naiveError(errors, 1, horizon);
  let lag = 1;
  let least = BELIEVED_BELOW * naive;
  for (let candidate = 2; candidate <= longest; candidate++) {
    const error = naiveError(errors, candidate, horizon);
    if (error < least) {
      lag = candidate;
      least = error;
    }
  }
  return {
    lag,
    error: lag === 1 ? naive : least,
    gain: lag === 1 ? 0 : Math.log(Math.max(least / naive, 0.01)),
  };
}

/** Mean |x(t) - x(t - k)| at index k; NaN where no pair was seen. */
function lagErrors(values: Float64Array, longest: number): Float64Array {
  const errors = new Float64Array(longest + 1).fill(Number.NaN);
  for (let k = 1; k <= longest; k++) {
    let sum = 0;
    let pairs = 0;
    for (let t = k; t < values.length; t++) {
      const difference = Math.abs((values[t] as number) - (values[t - k] as number));
      if (difference >= 0) {
        sum += difference;
        pairs++;
      }
    }
    if (pairs > 0) errors[k] = sum / pairs;
  }
  return errors;
}

/** Mean over horizons 1..horizon of the error of repeating the last `lag` values. */
function naiveError(errors: Float64Array, lag: number, horizon: number): number {
  let sum = 0;
  let count = 0;
  for (let j = 1; j <= horizon; j++) {
    const error = errors[Math.ceil(j / lag) * lag] ?? Number.NaN;
    if (error >= 0) {
      sum += error;
      count++;
    }
  }
  return count > 0 ? sum / count : 0;
}
