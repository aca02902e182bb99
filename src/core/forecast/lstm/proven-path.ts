import type { LstmForecaster } from "./lstm-forecaster.ts";

export interface ProvenPath {
  /** The next points; empty where the network does not beat seasonal naive. */
  readonly points: readonly number[];
  /** Sums of the absolute errors of forecasts made as if it were earlier (rolling origin). */
  readonly loss: number;
  readonly seasonalNaiveLoss: number;
}

/** Earlier moments that it must have been better at, on the mean. */
const ORIGINS = 8;
/** Share of the values, the latest, that they lie in. */
const TRIED = 0.4;
/** Steps ahead that are judged at most. */
const MOST_STEPS = 32;

const NONE: ProvenPath = { points: [], loss: Number.NaN, seasonalNaiveLoss: Number.NaN };

/**
 * What the network says of the next `h` steps of a series, if its rolling loss on this series is below that of
 * seasonal naive (the last cycle of the season that it sees repeated, or the last value, whichever errs less).
 */
export function provenPath(forecaster: LstmForecaster, values: Float64Array, h: number): ProvenPath {
  const { length } = values;
  const steps = Math.min(h, MOST_STEPS, length >> 2);
  if (steps < 1) return NONE;
  const first = Math.floor(length * (1 - TRIED));
  const stride = Math.max(1, Math.floor((length - steps - first) / (ORIGINS - 1)));
  // How it looks at the series is chosen by what lies before all of them.
  const view = forecaster.view(values, first);
  const origins: number[] = [];
  for (let origin = first; origin + steps <= length; origin += stride) origins.push(origin);
  let [loss, seasonal, naive] = [0, 0, 0];
  for (const [k, path] of forecaster.paths(view, values, origins, steps).entries()) {
    const origin = origins[k] as number;
    loss += errorOf(values, origin, steps, (i) => path[i] as number);
    seasonal += errorOf(values, origin, steps, (i) => cycleAt(values, origin, view.lag, i));
    naive += errorOf(values, origin, steps, () => cycleAt(values, origin, 1, 0));
  }
  const seasonalNaiveLoss = Math.min(seasonal, naive);
  if (!(loss < seasonalNaiveLoss)) return { points: [], loss, seasonalNaiveLoss };
  const points = [...forecaster.path(forecaster.view(values), values, length, h)];
  return points.every(Number.isFinite) ? { points, loss, seasonalNaiveLoss } : NONE;
}

/** The value of the last cycle; where it is missing, the latest before it that is known. */
function cycleAt(values: Float64Array, origin: number, lag: number, i: number): number {
  let at = Math.max(0, origin - lag) + (i % lag);
  while (at > 0 && Number.isNaN(values[at])) at--;
  return values[at] || 0;
}

/** Sum over the steps that are known. */
function errorOf(values: Float64Array, origin: number, steps: number, said: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const value = values[origin + i] as number;
    if (!Number.isNaN(value)) sum += Math.abs(value - said(i));
  }
  return sum;
}
