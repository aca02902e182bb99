import type { Member } from "./members/member.ts";
import type { Past } from "./past.ts";

/** Forecasts made as if it were earlier (rolling origin: Tashman 2000), and what then came. */
export interface Backtest {
  /** Steps known at each forecast, ascending. */
  readonly origins: readonly number[];
  readonly h: number;
}

/** Origins: enough that a season's phases are all met, few enough for a refit of milliseconds. */
const ORIGINS = 48;
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

/** Mean absolute error over the steps that were seen; Infinity where a path isn't finite or none was seen. */
export function meanError(paths: readonly Float64Array[], past: Past, { origins, h }: Backtest): number {
  let sum = 0;
  let count = 0;
  origins.forEach((origin, k) => {
    const path = paths[k] as Float64Array;
    for (let i = 0; i < h; i++) {
      if (!past.seen[origin + i]) continue;
      sum += Math.abs((path[i] as number) - (past.values[origin + i] as number));
      count++;
    }
  });
  const mean = sum / count;
  return Number.isFinite(mean) ? mean : Number.POSITIVE_INFINITY;
}
