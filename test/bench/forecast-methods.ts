/** The engine, its members alone, and the plain forecasts that all are compared with, each as a method of tasks. */
import { type Fit, fitSeries, type MemberTable, predict } from "../../src/core/forecast/engine/engine.ts";
import { members } from "../../src/core/forecast/engine/members/index.ts";
import type { Member } from "../../src/core/forecast/engine/members/member.ts";
import type { Level } from "../../src/core/forecast/forecaster.ts";
import { type LstmForecaster, lstmMember } from "../../src/core/forecast/lstm/index.ts";
import { type Task, type TaskForecast, valuesOf } from "./forecast-tasks.ts";

export interface Method {
  readonly name: string;
  readonly run: (task: Task) => Timed;
}

export interface Timed {
  readonly forecast: TaskForecast;
  /** Time of the fit with its intervals. */
  readonly refitMs: number;
}

/**
 * Of a fit the best of so many: what it costs, not what else the machine does. By the wall clock: some kernels count a
 * thread's CPU time in ticks of 4 ms.
 */
const TIMED = 3;

function forecastOf({ id, h }: Task, fit: Fit, also: MemberTable, nonNegative: boolean): TaskForecast {
  const at = (level: Level) => predict(fit, { h, level, nonNegative }, also);
  const [at80, at95] = [at(80), at(95)];
  return {
    id,
    median: at80.median,
    lower80: at80.lower,
    upper80: at80.upper,
    lower95: at95.lower,
    upper95: at95.upper,
  };
}

/** Fits `TIMED` times. `table`: the members, in place of the engine's own. */
export function fitted(task: Task, table: MemberTable, timed: number = TIMED): Timed {
  const values = valuesOf(task);
  const series = { values, stepMs: task.stepSeconds * 1000 };
  let refitMs = Number.POSITIVE_INFINITY;
  let fit: Fit | undefined;
  for (let i = 0; i < timed; i++) {
    const start = performance.now();
    fit = fitSeries(series, { h: task.h, members: table });
    refitMs = Math.min(refitMs, performance.now() - start);
  }
  const nonNegative = !values.some((value) => value < 0);
  return { forecast: forecastOf(task, fit as Fit, table, nonNegative), refitMs };
}

/** The engine's own members, and the network where it was trained. */
export function tableWith(lstm: LstmForecaster | undefined): MemberTable {
  return lstm ? { ...members, lstm: lstmMember(lstm) } : members;
}

/** The value a lag before, of the last cycle: with lag 1 the last value carried on. */
function repeated(name: string, lag: number): Member {
  return {
    name,
    fit: (_past, length) => (length > 0 ? true : undefined),
    path(_model, { values }, origin, h) {
      const from = Math.max(0, origin - lag);
      return Float64Array.from({ length: h }, (_, i) => values[from + (i % (origin - from))] ?? 0);
    },
  };
}

/** With the engine's intervals around them. */
export const plainMethods: readonly Method[] = [
  { name: "naive", run: (task) => fitted(task, { naive: repeated("naive", 1) }, 1) },
  {
    name: "seasonal naive",
    run: (task) => fitted(task, { snaive: repeated("seasonal naive", task.season) }, 1),
  },
];
