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
  const isWhole = !values.some(Number.isNaN);
  let k = 1;
  if (isWhole) for (; k + 3 <= longest; k += 4) fourErrors(values, k, errors);
  for (; k <= longest; k++) errors[k] = oneError(values, k);
  return errors;
}

function oneError(values: Float64Array, k: number): number {
  let sum = 0;
  let pairs = 0;
  for (let t = k; t < values.length; t++) {
    const difference = Math.abs((values[t] as number) - (values[t - k] as number));
    if (difference >= 0) {
      sum += difference;
      pairs++;
    }
  }
  return sum / pairs;
}

/** Of lags k to k + 3, where no value is missing: each value is loaded once for all four. */
function fourErrors(values: Float64Array, k: number, errors: Float64Array): void {
  let [a, b, c, d] = [0, 0, 0, 0];
  const { length } = values;
  const first = k + 3;
  for (let t = k; t < Math.min(first, length); t++) {
    const value = values[t] as number;
    a += Math.abs(value - (values[t - k] as number));
    if (t > k) b += Math.abs(value - (values[t - k - 1] as number));
    if (t > k + 1) c += Math.abs(value - (values[t - k - 2] as number));
  }
  let [x1, x2, x3] = [values[2] as number, values[1] as number, values[0] as number];
  for (let t = first; t < length; t++) {
    const value = values[t] as number;
    const x0 = values[t - k] as number;
    a += Math.abs(value - x0);
    b += Math.abs(value - x1);
    c += Math.abs(value - x2);
    d += Math.abs(value - x3);
    x3 = x2;
    x2 = x1;
    x1 = x0;
  }
  errors[k] = a / (length - k);
  errors[k + 1] = b / (length - k - 1);
  errors[k + 2] = c / (length - k - 2);
  errors[k + 3] = d / (length - k - 3);
}

/** Mean over horizons 1..horizon of the error of repeating the last `lag` values. */
function naiveError(errors: Float64Array, lag: number, horizon: number): number {
  // All of them look back one cycle.
  if (lag >= horizon) return errors[lag] || 0;
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
