/** Forecasting tasks (one JSON object a line, gzipped or plain) and how a forecast of one is scored. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Series } from "../../src/core/forecast/forecaster.ts";

export interface Task {
  readonly id: string;
  readonly set: string;
  readonly stepSeconds: number;
  /** Lag that MASE is scaled with; no forecaster is told. */
  readonly season: number;
  readonly h: number;
  readonly train: readonly (number | null)[];
  readonly test: readonly (number | null)[];
}

/** A line of `--forecasts`. */
export interface TaskForecast {
  readonly id: string;
  readonly median: readonly number[];
  readonly lower80: readonly number[];
  readonly upper80: readonly number[];
  readonly lower95: readonly number[];
  readonly upper95: readonly number[];
}

/** What a forecast of one task is worth. NaN: not known of this method. */
export interface TaskScore {
  readonly mase: number;
  readonly smape: number;
  /** Shares of the points within the intervals. */
  readonly coverage80: number;
  readonly coverage95: number;
  /** Mean interval score of the 95 % interval ÷ MASE's scale (Gneiting & Raftery 2007; M4: Makridakis et al. 2020). */
  readonly msis: number;
  /** Numbers of the forecast that are not finite, and that leave the training values by more than two ranges. */
  readonly nonFinite: number;
  readonly beyondTwoRanges: number;
  /** Points that were scored. */
  readonly points: number;
}

/** Tasks that MASE is defined for: the training values change. */
export function readTasks(file: string | URL): Task[] {
  const bytes = readFileSync(file);
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8");
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as Task)
    .filter((task) => scaleOf(task) > 0);
}

export const valuesOf = ({ train }: Task): Float64Array =>
  Float64Array.from(train, (value) => value ?? Number.NaN);

export const seen = (values: readonly (number | null)[]): number[] =>
  values.filter((value) => value !== null);

/** Mean absolute difference of the training values at the task's lag. */
export function scaleOf({ train, season }: Task): number {
  const steps = train.flatMap((value, i) => {
    const before = train[i - season];
    return value === null || before === null || before === undefined ? [] : [Math.abs(value - before)];
  });
  return mean(steps);
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean over the points that are known. */
function overTest({ test }: Task, of: (value: number, i: number) => number): number {
  return mean(test.flatMap((value, i) => (value === null ? [] : [of(value, i)])));
}

/** Floating point may put a bound a last digit beside a value that it equals. */
const covers = (value: number, lower = Number.NaN, upper = Number.NaN): number => {
  const slack = 1e-9 * Math.abs(value);
  return value >= lower - slack && value <= upper + slack ? 1 : 0;
};

export function scored(task: Task, forecast: TaskForecast): TaskScore {
  const { median, lower80, upper80, lower95, upper95 } = forecast;
  const scale = scaleOf(task);
  const at = (path: readonly number[], i: number): number => path[i] ?? Number.NaN;
  const numbers = [median, lower80, upper80, lower95, upper95].flatMap((path) => [...path]);
  return {
    mase: overTest(task, (value, i) => Math.abs(value - at(median, i))) / scale,
    smape: overTest(task, (value, i) => {
      const size = Math.abs(value) + Math.abs(at(median, i));
      return size === 0 ? 0 : (200 * Math.abs(value - at(median, i))) / size;
    }),
    coverage80: overTest(task, (value, i) => covers(value, lower80[i], upper80[i])),
    coverage95: overTest(task, (value, i) => covers(value, lower95[i], upper95[i])),
    msis:
      overTest(task, (value, i) => {
        const [low, high] = [at(lower95, i), at(upper95, i)];
        return high - low + 40 * (Math.max(0, low - value) + Math.max(0, value - high));
      }) / scale,
    nonFinite: numbers.filter((value) => !Number.isFinite(value)).length,
    beyondTwoRanges: beyond(task, numbers),
    points: seen(task.test).length,
  };
}

function beyond(task: Task, numbers: readonly number[]): number {
  const values = seen(task.train);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const far = 2 * (high - low);
  return numbers.filter((value) => value < low - far || value > high + far).length;
}

/** "series@end" -> the series, and the index its test part begins at; without an index each task is a series. */
function placeOf({ id, train }: Task): { name: string; end: number } {
  const [, name, end] = /^(.*)@(\d+)$/.exec(id) ?? [];
  return name === undefined ? { name: id, end: train.length } : { name, end: Number(end) };
}

/** What a gateway would have learnt from before the first of the forecasts: of each series its earliest task's past. */
export function pastFleet(tasks: readonly Task[]): Series[] {
  const first = new Map<string, Task>();
  for (const task of tasks) {
    const { name, end } = placeOf(task);
    const known = first.get(name);
    if (!known || end < placeOf(known).end) first.set(name, task);
  }
  return [...first.values()].map((task) => ({ values: valuesOf(task), stepMs: task.stepSeconds * 1000 }));
}
