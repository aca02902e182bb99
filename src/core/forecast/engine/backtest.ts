import type { Member } from "./members/member.ts";
import type { Past } from "./past.ts";

/** Forecasts made as if it were earlier (rolling origin: Tashman 2000), and what then came. */
export interface Backtest {
  /** Steps known at each forecast, ascending. */
  readonly origins: readonly number[];
  readonly h: number;
}

/** Origins: enough that a season's phases are all met, few enough for a refit of milliseconds. */
const ORIGINS = 32;
/** Share of the past that models are fitted on before the first origin. */
const FITTED = 0.6;
/** Steps of the past that are known at the first origin at least. */
const LEAST = 1;

/** Length to fit on, and the origins after it; no origins where the past is too short to test anything. */
export function planBacktest(length: number, h: number): { fitted: number } & Backtest {
  const steps = Math.min(h, Math.max(1, length >> 2));
  const fitted = Math.max(LEAST, Math.floor(FITTED * length));
  const last = length - steps;
  const count = Math.max(0, Math.min(ORIGINS, last - fitted + 1));
  const origins = Array.from({ length: count }, (_, i) =>
    count === 1 ? last : fitted + Math.round(((last - fitted) * i) / (count - 1)),
  );
  return { fitted, origins, h: steps };
}

/** A member's paths from every origin. */
export function pathsOf<Model>(
  member: Member<Model>,
  model: Model,
  past: Past,
  { origins, h }: Backtest,
): Float64Array[] {
  return (
    member.paths?.(model, past, origins, h) ?? origins.map((origin) => member.path(model, past, origin, h))
  );
}

/** Mean absolute error of each origin's path over the steps that were seen; NaN where none was. */
export function errorsOf(
  paths: readonly Float64Array[],
  { values, seen }: Past,
  { origins, h }: Backtest,
): Float64Array {
  return Float64Array.from(origins, (origin, k) => {
    const path = paths[k] as Float64Array;
    let sum = 0;
    let count = 0;
    for (let i = 0; i < h; i++) {
      if (!seen[origin + i]) continue;
      sum += Math.abs((path[i] as number) - (values[origin + i] as number));
      count++;
    }
    return sum / count;
  });
}

/** Mean of those that are numbers; NaN of none. */
export function meanError(errors: Float64Array): number {
  let sum = 0;
  let count = 0;
  for (const error of errors) {
    if (Number.isNaN(error)) continue;
    sum += error;
    count++;
  }
  return sum / count;
}

/** The same of the last cycle repeated; without a season of the last value carried on. */
export function seasonalNaiveError(past: Past, plan: Backtest, season = 1): number {
  const paths = plan.origins.map((origin) => {
    const from = Math.max(0, origin - season);
    const cycle = origin - from;
    const path = new Float64Array(plan.h);
    for (let i = 0; i < plan.h; i++) path[i] = past.values[from + (i % cycle)] ?? 0;
    return path;
  });
  return meanError(errorsOf(paths, past, plan));
}

/** The same of the last value carried on (random walk): what skill is measured against. */
export function naiveError(past: Past, plan: Backtest): number {
  const paths = plan.origins.map((origin) =>
    new Float64Array(plan.h).fill(past.values[origin - 1] as number),
  );
  return meanError(errorsOf(paths, past, plan));
}
