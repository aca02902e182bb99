/**
 * `npm run bench:forecast`: accuracy against R's auto.arima on the same tasks, coverage of the intervals, and what
 * a refit and an update cost. `--tasks FILE` (gzipped or plain, one JSON task a line), `--baselines FILE`,
 * `--json`. A forecaster is told `stepSeconds` and `train` only. `--arima`: also npm arima (2,1,2) in this very run.
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import ARIMA from "arima";
import { parse } from "csv-parse/sync";
import { fitSeries, predict, update } from "../../src/core/forecast/engine/engine.ts";
import { type Figure, median, report } from "./harness.ts";

interface Task {
  readonly id: string;
  readonly stepSeconds: number;
  /** Lag that MASE is scaled with. */
  readonly season: number;
  readonly h: number;
  readonly train: readonly (number | null)[];
  readonly test: readonly (number | null)[];
}

interface Baseline {
  readonly id: string;
  readonly method: string;
  readonly mase: number;
}

interface Outcome {
  readonly mase: number;
  /** Of a plain "last value carried on" on the same task. */
  readonly naiveMase: number;
  readonly refitMs: number;
  readonly points: number;
  readonly covered80: number;
  readonly covered95: number;
  /** Forecast points that are not finite or leave the training values by more than two ranges. */
  readonly wild: number;
}

const DATA = new URL("../../../shared/data/", import.meta.url);
/** A refit is timed in CPU time, as the best of so many: what it costs, not what else the machine does. */
const TIMED = 3;
const UPDATES = 200_000;

function argument(name: string, fallback: string): string | URL {
  const at = process.argv.indexOf(name);
  return at < 0 ? new URL(fallback, DATA) : (process.argv[at + 1] ?? "");
}

/** Tasks that MASE is defined for: the training values change. */
function tasksFrom(file: string | URL): Task[] {
  const bytes = readFileSync(file);
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8");
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as Task)
    .filter((task) => scaleOf(task) > 0);
}

function baselinesFrom(file: string | URL): Baseline[] {
  const rows: Record<string, string>[] = parse(readFileSync(file), { columns: true });
  return rows.map((row) => ({
    id: String(row["id"]),
    method: String(row["method"]),
    mase: Number(row["mase"]),
  }));
}

const seen = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

/** Mean absolute difference of the training values at the task's lag. */
function scaleOf({ train, season }: Task): number {
  const steps = train.flatMap((value, i) => {
    const before = train[i - season];
    return value === null || before === null || before === undefined ? [] : [Math.abs(value - before)];
  });
  return steps.reduce((sum, step) => sum + step, 0) / steps.length;
}

function maseOf(task: Task, path: readonly number[]): number {
  const errors = task.test.flatMap((value, i) =>
    value === null ? [] : [Math.abs(value - (path[i] as number))],
  );
  return errors.reduce((sum, error) => sum + error, 0) / errors.length / scaleOf(task);
}

/** Floating point may put a bound a last digit beside a value that it equals. */
function covered({ test }: Task, lower: readonly number[], upper: readonly number[]): number {
  return test.filter((value, i) => {
    if (value === null) return false;
    const slack = 1e-9 * Math.abs(value);
    return value >= (lower[i] as number) - slack && value <= (upper[i] as number) + slack;
  }).length;
}

function wildOf(task: Task, paths: readonly (readonly number[])[]): number {
  const values = seen(task.train);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const far = 2 * (high - low);
  return paths.flat().filter((value) => !(value >= low - far && value <= high + far)).length;
}

function outcomeOf(task: Task): Outcome {
  const values = Float64Array.from(task.train, (value) => value ?? Number.NaN);
  const series = { values, stepMs: task.stepSeconds * 1000 };
  const nonNegative = !values.some((value) => value < 0);
  let refitMs = Number.POSITIVE_INFINITY;
  let fitted = fitSeries(series, task);
  for (let i = 0; i < TIMED; i++) {
    const start = process.threadCpuUsage();
    fitted = fitSeries(series, task);
    const { user, system } = process.threadCpuUsage(start);
    refitMs = Math.min(refitMs, (user + system) / 1000);
  }
  const at80 = predict(fitted, { h: task.h, level: 80, nonNegative });
  const at95 = predict(fitted, { h: task.h, level: 95, nonNegative });
  const last = seen(task.train).at(-1) as number;
  return {
    mase: maseOf(task, at80.median),
    naiveMase: maseOf(
      task,
      Array.from({ length: task.h }, () => last),
    ),
    refitMs,
    points: seen(task.test).length,
    covered80: covered(task, at80.lower, at80.upper),
    covered95: covered(task, at95.lower, at95.upper),
    wild: wildOf(task, [at80.median, at80.lower, at80.upper, at95.lower, at95.upper]),
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(q * sorted.length) - 1] as number;
}

/** Geometric mean of ratios; 0.05 is added to both, or the tasks that somebody forecasts exactly decide alone. */
function geometricRatio(ours: readonly number[], theirs: readonly number[]): number {
  return Math.exp(mean(ours.map((value, i) => Math.log((value + 0.05) / ((theirs[i] as number) + 0.05)))));
}

function against(
  method: string,
  tasks: readonly Task[],
  outcomes: readonly Outcome[],
  baselines: readonly Baseline[],
): Figure[] {
  const theirs = new Map(baselines.filter((row) => row.method === method).map((row) => [row.id, row.mase]));
  const pairs = outcomes.flatMap(({ mase }, i) => {
    const other = theirs.get(tasks[i]?.id ?? "");
    return other === undefined || Number.isNaN(other) ? [] : [[mase, other] as const];
  });
  if (pairs.length === 0) return [];
  const ours = pairs.map(([mase]) => mase);
  const other = pairs.map(([, mase]) => mase);
  const goal = method === "auto.arima" ? ({ goal: 0.68, goalIs: "at-most" } as const) : {};
  return [
    { name: `MASE vs ${method}, ${pairs.length} tasks`, value: mean(ours) / mean(other), unit: "x", ...goal },
    { name: `MASE vs ${method}, geometric mean`, value: geometricRatio(ours, other), unit: "x" },
    { name: `MASE vs ${method}, median`, value: median(ours) / median(other), unit: "x" },
  ];
}

/** Nanoseconds hide in a loop: one fit of 1,000 points, many updates. */
function updateMicros(): number {
  const fitted = fitSeries(
    { values: Float64Array.from({ length: 1000 }, (_, i) => 50 + (i % 24)), stepMs: 10_000 },
    { h: 12 },
  );
  const start = performance.now();
  for (let i = 0; i < UPDATES; i++) update(fitted, 50 + (i % 24));
  return ((performance.now() - start) * 1000) / UPDATES;
}

/** Error and cost of npm arima relative to ours, on the same tasks; missing values are the last one carried on. */
function arimaFigures(tasks: readonly Task[], outcomes: readonly Outcome[]): Figure[] {
  const errors: number[] = [];
  const times: number[] = [];
  for (const task of tasks) {
    let last = seen(task.train)[0] as number;
    const filled = task.train.map((value) => {
      last = value ?? last;
      return last;
    });
    const start = process.threadCpuUsage();
    const model = new ARIMA({ p: 2, d: 1, q: 2, method: 1, verbose: false }).train(filled);
    const [path] = model.predict(task.h);
    const { user, system } = process.threadCpuUsage(start);
    model.destroy();
    times.push((user + system) / 1000);
    errors.push(maseOf(task, path));
  }
  // Where it explodes, one task would decide the mean: medians.
  const ours = median(outcomes.map(({ mase }) => mase));
  return [
    { name: "median MASE vs npm arima", value: ours / median(errors), unit: "x" },
    {
      name: "refit vs npm arima",
      value: median(outcomes.map(({ refitMs }) => refitMs)) / median(times),
      unit: "x",
    },
  ];
}

/** `auto.arima` of R may be missing for a task of one's own: then the naive forecast is the only peer. */
export function figures(tasks: readonly Task[], baselines: readonly Baseline[]): Figure[] {
  const outcomes = tasks.map(outcomeOf);
  const points = outcomes.reduce((sum, outcome) => sum + outcome.points, 0);
  const share = (of: (outcome: Outcome) => number): number =>
    (100 * outcomes.reduce((sum, outcome) => sum + of(outcome), 0)) / points;
  const at80 = share(({ covered80 }) => covered80);
  const at95 = share(({ covered95 }) => covered95);
  const refits = outcomes.map(({ refitMs }) => refitMs);
  const naive = outcomes.map(({ naiveMase }) => naiveMase);
  const ours = outcomes.map(({ mase }) => mase);
  return [
    { name: "MASE, mean", value: mean(ours), unit: "" },
    ...against("auto.arima", tasks, outcomes, baselines),
    ...against("snaive", tasks, outcomes, baselines),
    ...(process.argv.includes("--arima") ? arimaFigures(tasks, outcomes) : []),
    { name: "MASE vs last value", value: mean(ours) / mean(naive), unit: "x" },
    {
      name: "wild or non-finite points",
      value: outcomes.reduce((sum, { wild }) => sum + wild, 0),
      unit: "",
      goal: 0,
      goalIs: "at-most",
    },
    { name: "80 % interval covers", value: at80, unit: "%" },
    {
      name: "80 % interval, distance from 77-83 %",
      value: Math.max(0, 77 - at80, at80 - 83),
      unit: "points",
      goal: 0,
      goalIs: "at-most",
    },
    { name: "95 % interval covers", value: at95, unit: "%" },
    {
      name: "95 % interval, distance from 92.5-97 %",
      value: Math.max(0, 92.5 - at95, at95 - 97),
      unit: "points",
      goal: 0,
      goalIs: "at-most",
    },
    { name: "refit p50", value: median(refits), unit: "ms", goal: 5, goalIs: "at-most" },
    { name: "refit p95", value: quantile(refits, 0.95), unit: "ms", goal: 20, goalIs: "at-most" },
    { name: "update", value: updateMicros(), unit: "us", goal: 5, goalIs: "at-most" },
  ];
}

if (import.meta.main) {
  const tasks = tasksFrom(argument("--tasks", "forecast-tasks.jsonl.gz"));
  report(figures(tasks, baselinesFrom(argument("--baselines", "forecast-baselines.csv"))));
}
