/** How a forecast of a task is judged, for lstm.ts. */
import type { Forecast, Level } from "../../src/core/forecast/forecaster.ts";
import type { LstmForecaster } from "../../src/core/forecast/lstm/index.ts";
import { type Figure, median } from "./harness.ts";
import type { Task } from "./lstm.ts";

/** MASE by task id and method. */
export type Baselines = ReadonlyMap<string, ReadonlyMap<string, number>>;

export interface Verdict {
  readonly set: string;
  readonly mase: number;
  /** Of repeating what was `season` steps before. */
  readonly naive: number;
  readonly rivals: ReadonlyMap<string, number>;
  readonly skill: number;
  readonly ms: number;
  readonly covered: Readonly<Record<Level, number>>;
  readonly isFinite: boolean;
}

/** Lines of `"id",method,ms,mase,…`. */
export function readBaselines(csv: string): Baselines {
  const all = new Map<string, Map<string, number>>();
  for (const line of csv.split("\n")) {
    const [, id, method, mase] = /^"(.*)",([^,]+),[^,]*,([^,]+)/.exec(line) ?? [];
    if (id === undefined || method === undefined) continue;
    const own = all.get(id) ?? new Map<string, number>();
    all.set(id, own.set(method, Number(mase)));
  }
  return all;
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

function meanError(path: readonly number[], actual: readonly (number | null)[]): number {
  const errors = actual.flatMap((value, j) =>
    value === null ? [] : [Math.abs(value - (path[j] as number))],
  );
  return mean(errors);
}

function shareWithin({ lower, upper }: Forecast, actual: readonly (number | null)[]): number {
  const within = actual.flatMap((value, j) =>
    value === null ? [] : [value >= (lower[j] as number) && value <= (upper[j] as number) ? 1 : 0],
  );
  return mean(within);
}

/** What MASE divides by: the mean absolute difference at the season's lag. */
function scaleOf({ season }: Task, values: readonly number[]): number {
  const moves = values.slice(season).map((value, i) => Math.abs(value - (values[i] as number)));
  return mean(moves.filter((move) => !Number.isNaN(move)));
}

function seasonalNaive({ season, h }: Task, values: readonly number[]): number[] {
  const last = values.findLast((value) => !Number.isNaN(value)) ?? 0;
  return Array.from({ length: h }, (_, j) => {
    const value = values[values.length + j - Math.ceil((j + 1) / season) * season] ?? Number.NaN;
    return Number.isNaN(value) ? last : value;
  });
}

export function judged(task: Task, forecaster: LstmForecaster, baselines: Baselines): Verdict {
  const values = task.train.map((value) => value ?? Number.NaN);
  const series = { values, stepMs: task.stepSeconds * 1000 };
  const forecast = (level: Level): Forecast =>
    forecaster.forecast(series, { h: task.h, level, nonNegative: false });
  const start = performance.now();
  const at80 = forecast(80);
  const ms = performance.now() - start;
  const scale = scaleOf(task, values);
  return {
    set: task.set,
    mase: meanError(at80.median, task.test) / scale,
    naive: meanError(seasonalNaive(task, values), task.test) / scale,
    rivals: baselines.get(task.id) ?? new Map(),
    skill: at80.model.skill,
    ms,
    covered: {
      80: shareWithin(at80, task.test),
      90: shareWithin(forecast(90), task.test),
      95: shareWithin(forecast(95), task.test),
    },
    isFinite: [...at80.median, ...at80.lower, ...at80.upper].every(Number.isFinite),
  };
}

function setFigures(set: string, own: readonly Verdict[]): Figure[] {
  const figure = (what: string, value: number, unit = "MASE"): Figure => ({
    name: `${set} (${own.length}): ${what}`,
    value,
    unit,
  });
  const mase = mean(own.map((v) => v.mase));
  const naive = mean(own.map((v) => v.naive));
  const wins = mean(own.map((v) => (v.mase < v.naive ? 1 : 0)));
  const figures = [
    figure("lstm", mase),
    figure("seasonal naive", naive),
    figure("tasks won against it", 100 * wins, "%"),
  ];
  for (const method of ["auto.arima", "ets", "theta"]) {
    const rival = mean(own.map((v) => v.rivals.get(method) ?? Number.NaN));
    if (Number.isFinite(rival))
      figures.push(figure(method, rival), figure(`lstm / ${method}`, mase / rival, "x"));
  }
  const trusted = own.filter((v) => v.skill > 0);
  if (trusted.length > 0) {
    figures.push(figure("tasks with skill > 0", (100 * trusted.length) / own.length, "%"));
    figures.push(figure("  lstm on those", mean(trusted.map((v) => v.mase))));
    figures.push(figure("  seasonal naive on those", mean(trusted.map((v) => v.naive))));
  }
  for (const level of [80, 90, 95] as const)
    figures.push(
      figure(`covered by the ${level} % interval`, 100 * mean(own.map((v) => v.covered[level])), "%"),
    );
  return figures;
}

/** In order of first appearance. */
export function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

export function printed(verdicts: readonly Verdict[]): Figure[] {
  const sets = grouped(verdicts, ({ set }) => set);
  return [
    {
      name: "lstm: forecast, median",
      value: median(verdicts.map((v) => v.ms)),
      unit: "ms",
      goal: 2,
      goalIs: "at-most",
    },
    {
      name: "lstm: not finite",
      value: verdicts.filter((v) => !v.isFinite).length,
      unit: "tasks",
      goal: 0,
      goalIs: "at-most",
    },
    ...setFigures("all", verdicts),
    ...[...sets].flatMap(([set, own]) => setFigures(set, own)),
  ];
}
