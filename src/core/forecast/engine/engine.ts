import type { Forecast, ForecastOptions, Series } from "../forecaster.ts";
import { type Fit, type FitOptions, fitPast } from "./fit.ts";
import { pastFrom, push } from "./past.ts";
import { predict } from "./predict.ts";
import { judge } from "./watch.ts";

export type { Fit } from "./fit.ts";
export { predict } from "./predict.ts";

/** Fits the engine on a series: milliseconds, so in a worker where others wait. */
export function fitSeries({ values, stepMs }: Series, { h }: Pick<FitOptions, "h">): Fit {
  checkHorizon(h);
  if (!(stepMs > 0)) throw new RangeError(`stepMs must be > 0 ms, got ${stepMs}`);
  return fitPast(pastFrom(values), { h, stepMs });
}

/** A step came; NaN = missing. O(1). */
export function update(fit: Fit, value: number): void {
  judge(fit.watch, value);
  push(fit.past, value);
}

/** Fits and predicts at once. */
export function forecast(series: Series, options: ForecastOptions): Forecast {
  return predict(fitSeries(series, options), options);
}

function checkHorizon(h: number): void {
  if (!Number.isInteger(h) || h < 1) throw new RangeError(`h must be a whole number of steps >= 1, got ${h}`);
}
