/**
 * `node test/bench/lstm.ts [--tasks FILE] [--seconds 120] [--unseen]`: the LSTM member trained on the tasks' past as
 * one fleet within a budget of CPU seconds, judged on what came next. The tasks of one series overlap, so every task's
 * test part is taken out of the training of all. `--unseen`: half of the series are trained on, the others judged
 * on, and the other way round: nothing of a judged series is known to the weights.
 */
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import type { Series } from "../../src/core/forecast/forecaster.ts";
import {
  DEFAULT_SHAPE,
  LstmForecaster,
  LstmTraining,
  type Parameters,
  parameterCount,
} from "../../src/core/forecast/lstm/index.ts";
import { outputSize } from "../../src/core/forecast/lstm/shape.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { type Figure, report } from "./harness.ts";
import { type Baselines, grouped, judged, printed, readBaselines, type Verdict } from "./lstm-verdict.ts";

export interface Task {
  readonly id: string;
  readonly set: string;
  readonly stepSeconds: number;
  readonly season: number;
  readonly h: number;
  readonly train: readonly (number | null)[];
  readonly test: readonly (number | null)[];
}

const { values: args } = parseArgs({
  options: {
    tasks: { type: "string", default: "../shared/data/forecast-tasks.jsonl.gz" },
    baselines: { type: "string", default: "../shared/data/forecast-baselines.csv" },
    seconds: { type: "string", default: "120" },
    unseen: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

function readTasks(path: string): Task[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Task);
}

/** "series@end" -> the series, and the index its test part begins at; without an index each task is a series. */
function placeOf({ id, train }: Task): { name: string; end: number } {
  const [, name, end] = /^(.*)@(\d+)$/.exec(id) ?? [];
  return name === undefined ? { name: id, end: train.length } : { name, end: Number(end) };
}

/** Each series once, from all its tasks' pasts, without any task's test part. */
function fleetOf(tasks: readonly Task[]): Map<string, Series> {
  const byName = grouped(tasks, (task) => placeOf(task).name);
  return new Map([...byName].map(([name, own]) => [name, merged(own)]));
}

function merged(tasks: readonly Task[]): Series {
  const from = Math.min(...tasks.map((task) => placeOf(task).end - task.train.length));
  const to = Math.max(...tasks.map((task) => placeOf(task).end));
  const values = new Float64Array(to - from).fill(Number.NaN);
  for (const task of tasks) {
    const start = placeOf(task).end - task.train.length - from;
    task.train.forEach((value, i) => {
      values[start + i] = value ?? Number.NaN;
    });
  }
  for (const task of tasks) {
    const start = placeOf(task).end - from;
    values.fill(Number.NaN, start, start + task.h);
  }
  return { values, stepMs: (tasks[0] as Task).stepSeconds * 1000 };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Multiplications and additions of learning from a row: forwards, by the weights, and back to the cells' outputs. */
function flopsPerRow(): number {
  const { hidden } = DEFAULT_SHAPE;
  return 4 * parameterCount(DEFAULT_SHAPE) + 2 * hidden * (outputSize(DEFAULT_SHAPE) + 4 * hidden);
}

function trained(fleet: readonly Series[], seconds: number, figures: Figure[]): Parameters {
  const training = new LstmTraining(fleet, seededRandom(1));
  const start = cpuSeconds();
  let progress = training.step(0);
  for (let spent = 0; spent < 1 && !progress.isDone; spent = (cpuSeconds() - start) / seconds)
    progress = training.step(spent);
  progress = training.finish();
  const used = cpuSeconds() - start;
  const { batches, heldBackLoss } = progress;
  figures.push(
    { name: "lstm: series trained on", value: fleet.length, unit: "" },
    { name: "lstm: training, CPU", value: used, unit: "s" },
    { name: "lstm: batches of 16 windows", value: batches, unit: "" },
    { name: "lstm: loss on held-back time", value: heldBackLoss, unit: "naive errors" },
    { name: "lstm: training speed", value: (batches * 512 * flopsPerRow()) / used / 1e9, unit: "GFLOP/s" },
  );
  return training.best;
}

function judgedAll(tasks: readonly Task[], weights: Parameters, baselines: Baselines): Verdict[] {
  const forecaster = new LstmForecaster(weights);
  return tasks.map((task) => judged(task, forecaster, baselines));
}

const tasks = readTasks(args.tasks);
const baselines = existsSync(args.baselines)
  ? readBaselines(readFileSync(args.baselines, "utf8"))
  : new Map();
const fleet = fleetOf(tasks);
const names = [...fleet.keys()];
const figures: Figure[] = [{ name: "lstm: parameters", value: parameterCount(DEFAULT_SHAPE), unit: "" }];
const verdicts: Verdict[] = [];
for (const fold of args.unseen ? [0, 1] : [undefined]) {
  const isJudged = (name: string): boolean => fold === undefined || names.indexOf(name) % 2 === fold;
  const learnt = [...fleet]
    .filter(([name]) => fold === undefined || !isJudged(name))
    .map(([, series]) => series);
  const weights = trained(learnt, Number(args.seconds), figures);
  const own = tasks.filter((task) => isJudged(placeOf(task).name));
  verdicts.push(...judgedAll(own, weights, baselines));
}
report([...figures, ...printed(verdicts)]);
