import type { Forecast } from "../forecaster.ts";
import { bucketOf } from "./conformal.ts";

/** What was promised for a step that hasn't come yet. */
interface Promised {
  /** Steps until it is due. */
  due: number;
  median: number;
  lower: number;
  upper: number;
  /** Share of steps that should miss the interval. */
  missRate: number;
}

/** How forecasts given out turn out: widens or narrows intervals, and tells when the models no longer fit. */
export interface Watch {
  /** One per bucket of horizons at a time. */
  readonly promised: (Promised | undefined)[];
  /** Factor on each bucket's interval. */
  readonly stretch: Float64Array;
  /** Mean absolute error one step ahead in the backtest. */
  readonly usualError: number;
  /** Page-Hinkley: the sum of excess errors, and the lowest it was. */
  excess: number;
  lowestExcess: number;
}

/**
 * Rate at which an interval's log width follows its misses (adaptive conformal inference: Gibbs & Candès 2021, as a
 * tracked scale: Angelopoulos et al. 2023): after 20 misses in a row it is 2.2 times as wide.
 */
const RATE = 0.05;
const MOST_STRETCH = 4;
/** Page-Hinkley (Page 1954; Gama et al. 2014): errors this much above the usual ones are tolerated for ever … */
const TOLERATED = 0.5;
/** … and one error counts at most so many usual ones, or a single spike would be a drift. */
const MOST_ERROR = 5;
/** Excess that is a drift: five steps of the largest errors, or 35 whose errors doubled. */
const DRIFT_AT = 17.5;

export function newWatch(residuals: readonly Float64Array[]): Watch {
  const first = residuals[0] ?? new Float64Array();
  const sum = first.reduce((total, residual) => total + Math.abs(residual), 0);
  return {
    promised: residuals.map(() => undefined),
    stretch: new Float64Array(residuals.length).fill(1),
    usualError: first.length > 0 ? sum / first.length : 0,
    excess: 0,
    lowestExcess: 0,
  };
}

/** Remembers one step per bucket of a forecast that is given out. */
export function promise({ promised }: Watch, { median, lower, upper, level }: Forecast): void {
  for (let bucket = 0; bucket < promised.length; bucket++) {
    const step = 2 ** bucket;
    if (promised[bucket] || step > median.length) continue;
    promised[bucket] = {
      due: step,
      median: median[step - 1] as number,
      lower: lower[step - 1] as number,
      upper: upper[step - 1] as number,
      missRate: 1 - level / 100,
    };
  }
}

/** A step came: those promises that are due are judged. NaN judges nothing. */
export function judge(watch: Watch, value: number): void {
  const { promised, stretch } = watch;
  for (let bucket = 0; bucket < promised.length; bucket++) {
    const promise = promised[bucket];
    if (!promise || --promise.due > 0) continue;
    promised[bucket] = undefined;
    if (Number.isNaN(value)) continue;
    const missed = value < promise.lower || value > promise.upper ? 1 : 0;
    const wider = (stretch[bucket] as number) * Math.exp(RATE * (missed - promise.missRate));
    stretch[bucket] = Math.min(MOST_STRETCH, Math.max(1 / MOST_STRETCH, wider));
    if (bucket === 0) addError(watch, Math.abs(value - promise.median));
  }
}

function addError(watch: Watch, error: number): void {
  if (error === 0 || watch.usualError === 0) {
    watch.excess += error === 0 ? -1 - TOLERATED : MOST_ERROR - 1 - TOLERATED;
  } else {
    watch.excess += Math.min(MOST_ERROR, error / watch.usualError) - 1 - TOLERATED;
  }
  watch.lowestExcess = Math.min(watch.lowestExcess, watch.excess);
}

/** Whether errors have been larger than usual for too long. */
export function hasDrifted({ excess, lowestExcess }: Watch): boolean {
  return excess - lowestExcess > DRIFT_AT;
}

/** Factor on the interval of a step. */
export function stretchOf({ stretch }: Watch, step: number): number {
  return stretch[Math.min(bucketOf(step), stretch.length - 1)] ?? 1;
}
