import type { Forecast, Series } from "../forecaster.ts";
import { type Fit, type FitOptions, fitPast } from "./fit.ts";
import { membersNamed } from "./members/names.ts";
import { pastFrom, push } from "./past.ts";
import { predict } from "./predict.ts";
import { readOptions, readSeries, type ScriptOptions } from "./script.ts";
import { judge } from "./watch.ts";

export type { Fit } from "./fit.ts";
export type { Member, MemberTable } from "./members/member.ts";
export { predict } from "./predict.ts";

/** Fits the engine on a series: milliseconds, so in a worker where others wait. */
export function fitSeries({ values, stepMs }: Series, { h, also, members }: Omit<FitOptions, "stepMs">): Fit {
  checkHorizon(h);
  if (!(stepMs > 0)) throw new RangeError(`stepMs must be > 0 ms, got ${stepMs}`);
  return fitPast(pastFrom(values), { h, stepMs, ...(also && { also }), ...(members && { members }) });
}

/** A step came; NaN = missing. O(1). */
export function update(fit: Fit, value: number): void {
  fit.age++;
  judge(fit.watch, value);
  push(fit.past, value);
}

/** A fit for an owner who keeps the values itself: 2 to 4 kB of models instead of 14 to 17 kB. */
export interface LeanFit extends Omit<Fit, "past"> {
  /** Steps before the one that comes next: the phase of its seasons. */
  readonly steps: number;
}

export function withoutPast({ past, ...models }: Fit): LeanFit {
  return { ...models, steps: past.offset + past.length };
}

/** Whole again. `values`: the newest, oldest first; `since`: how many of them the lean fit has not seen. */
export function withPast({ steps, ...models }: LeanFit, values: ArrayLike<number>, since = 0): Fit {
  const past = pastFrom(values);
  return { ...models, age: models.age + since, past: { ...past, offset: steps + since - past.length } };
}

/**
 * Fits and predicts at once: `forecast({ values: [3, 5, NaN, 4], stepMs: 60_000 }, { h: 12, level: 80, nonNegative:
 * true })`. Takes whatever numbers there are, none included; what isn't finite, and null, counts as missing. The newest
 * 1,000 are looked at. Throws a RangeError or a TypeError that names the field which can't be.
 */
export function forecast(series: Series, options: ScriptOptions): Forecast {
  const { values, stepMs } = readSeries(series);
  const { members: names, ...wanted } = readOptions(options);
  const table = names && membersNamed(names);
  const fit = fitSeries({ values, stepMs }, { h: wanted.h, ...(table && { members: table }) });
  return predict(fit, wanted, table);
}

function checkHorizon(h: number): void {
  if (!Number.isInteger(h) || h < 1) throw new RangeError(`h must be a whole number of steps >= 1, got ${h}`);
}
