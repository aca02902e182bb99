/**
 * `npm run bench:forecast -- [--tasks FILE] [--json] [--forecasts OUT.jsonl] [--lstm SECONDS] [--baselines FILE]
 * [--no-references] [--no-r] [--members]`: the engine and each of its members against naive, seasonal naive, npm arima's auto and R, per set
 * and in all. A forecaster is told `stepSeconds` and `train` only; MASE is scaled by the task's `season`. R runs here
 * where `Rscript` has the forecast package, else, or with `--no-r`, its scores come from `--baselines`. `--lstm`: the network, trained for
 * so many seconds of CPU on what lies before the first forecast of each series, is one more member. Relative MASE:
 * mean MASE ÷ that of R's auto.arima (naive, where R knows none of the tasks), geometric mean over sets. `--members`: instead of all that, what each member is
 * worth to the engine, also those that were tried and are not in it.
 */
import { existsSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { fitSeries, type MemberTable, update } from "../../src/core/forecast/engine/engine.ts";
import { LstmForecaster, LstmTraining } from "../../src/core/forecast/lstm/index.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { membersWorth, worthTable } from "./forecast-members.ts";
import { fitted, type Method, plainMethods, tableWith } from "./forecast-methods.ts";
import { arimaRows, keptRows, rRows } from "./forecast-references.ts";
import { type MethodSummary, type Row, type Summary, summarised } from "./forecast-summary.ts";
import { pastFleet, readTasks, scored, type Task, type TaskForecast } from "./forecast-tasks.ts";
import { type Figure, report } from "./harness.ts";

const DATA = "../../../shared/data/";
const { values: args } = parseArgs({
  options: {
    tasks: { type: "string" },
    baselines: { type: "string" },
    forecasts: { type: "string" },
    lstm: { type: "string" },
    members: { type: "boolean", default: false },
    "no-references": { type: "boolean", default: false },
    "no-r": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const UPDATES = 200_000;
const AUTO_ARIMA = "R auto.arima";
/** One-off costs of a process (compiling what is hot) are no refit's. */
const WARM_UP_TASKS = 8;

const inData = (given: string | undefined, name: string): string | URL =>
  given ?? new URL(DATA + name, import.meta.url);

/** CPU time, so that what else runs on the machine doesn't count. */
function trainedLstm(tasks: readonly Task[], seconds: number): LstmForecaster {
  const training = new LstmTraining(pastFleet(tasks), seededRandom(1));
  const start = process.cpuUsage();
  for (let spent = 0; spent < 1; ) {
    if (training.step(spent).isDone) break;
    const { user, system } = process.cpuUsage(start);
    spent = (user + system) / 1e6 / seconds;
  }
  training.finish();
  return new LstmForecaster(training.best);
}

/** Nanoseconds hide in a loop: one fit of 1,000 points, many updates. */
function updateMicros(members: MemberTable): number {
  const values = Float64Array.from({ length: 1000 }, (_, i) => 50 + (i % 24) + (i % 7));
  const fit = fitSeries({ values, stepMs: 10_000 }, { h: 12, members });
  const start = performance.now();
  for (let i = 0; i < UPDATES; i++) update(fit, 50 + (i % 24));
  return ((performance.now() - start) * 1000) / UPDATES;
}

function rowsOf(tasks: readonly Task[], { run }: Method): Row[] {
  return tasks.map((task) => {
    const { forecast, refitMs } = run(task);
    return { ...scored(task, forecast), id: task.id, set: task.set, refitMs };
  });
}

interface EngineRows {
  readonly rows: readonly Row[];
  readonly forecasts: readonly TaskForecast[];
}

function engineRows(tasks: readonly Task[], table: MemberTable, timed?: number): EngineRows {
  const forecasts: TaskForecast[] = [];
  const rows = tasks.map((task) => {
    const { forecast, refitMs } = fitted(task, table, timed);
    forecasts.push(forecast);
    return { ...scored(task, forecast), id: task.id, set: task.set, refitMs };
  });
  return { rows, forecasts };
}

function goals({ all, sets }: MethodSummary, micros: number): Figure[] {
  const figure = (name: string, value: number, unit: string, goal?: number): Figure =>
    goal === undefined ? { name, value, unit } : { name, value, unit, goal, goalIs: "at-most" };
  const outside = (value: number, low: number, high: number): number =>
    Math.max(0, low - value, value - high);
  const ratios = Object.values(sets).map(({ relativeMase }) => relativeMase);
  // The reference may know only some of the sets.
  const worst = Math.max(...ratios.filter(Number.isFinite));
  return [
    figure("MASE, mean", all.mase, ""),
    figure("relative MASE, geometric mean over sets", all.relativeMase, "x", args.lstm ? 0.64 : 0.68),
    figure("relative MASE, worst set", worst, "x", 0.95),
    figure("sMAPE", all.smape, "%"),
    figure("MSIS", all.msis, ""),
    figure("80 % interval covers", all.coverage80, "%"),
    figure("80 % interval, distance from 77-83 %", outside(all.coverage80, 77, 83), "points", 0),
    figure("95 % interval covers", all.coverage95, "%"),
    figure("95 % interval, distance from 92.5-97 %", outside(all.coverage95, 92.5, 97), "points", 0),
    figure("not finite", all.nonFinite, "", 0),
    figure("beyond two ranges", all.beyondTwoRanges, "", 0),
    figure("refit p50", all.refitMsP50, "ms", 5),
    figure("refit p95", all.refitMsP95, "ms", 20),
    figure("update", micros, "us", 5),
  ];
}

function table(methods: Readonly<Record<string, MethodSummary>>): string {
  const columns: readonly (keyof Summary)[] = [
    "tasks",
    "mase",
    "relativeMase",
    "smape",
    "coverage80",
    "coverage95",
    "msis",
    "nonFinite",
    "beyondTwoRanges",
    "refitMsP50",
    "refitMsP95",
  ];
  const lines = [["method, set", ...columns]];
  for (const [name, { all, sets }] of Object.entries(methods)) {
    for (const [set, summary] of [["all", all] as const, ...Object.entries(sets)]) {
      const cell = (value: number): string =>
        Number.isFinite(value) ? String(Number(value.toPrecision(4))) : "-";
      lines.push([`${name}, ${set}`, ...columns.map((column) => cell(summary[column]))]);
    }
  }
  return lines
    .map(([first = "", ...rest]) => first.padEnd(36) + rest.map((text) => text.padStart(13)).join(""))
    .join("\n");
}

type Methods = Map<string, readonly Row[]>;

/** What each member does alone, with intervals of its own, and the plain forecasts. */
function ownMethods(tasks: readonly Task[], members: MemberTable): Methods {
  const rows: Methods = new Map();
  for (const [key, member] of Object.entries(members))
    rows.set(`member ${key}`, engineRows(tasks, { [key]: member }, 1).rows);
  for (const method of plainMethods) rows.set(method.name, rowsOf(tasks, method));
  return rows;
}

/** R's methods, run here or kept. */
function rMethods(tasks: readonly Task[]): { rows: Methods; r: string } {
  const live = args["no-references"] || args["no-r"] ? undefined : rRows(tasks);
  if (live) return { rows: live, r: "run here" };
  const file = inData(args.baselines, "forecast-baselines.csv");
  const rows = existsSync(file) ? keptRows(tasks, file) : new Map<string, Row[]>();
  return { rows, r: rows.size > 0 ? "kept scores" : "none" };
}

async function main(): Promise<void> {
  const tasks = readTasks(inData(args.tasks, "forecast-tasks.jsonl.gz"));
  if (args.members) {
    console.log(worthTable(membersWorth(tasks)));
    return;
  }
  const members = tableWith(args.lstm === undefined ? undefined : trainedLstm(tasks, Number(args.lstm)));
  engineRows(tasks.slice(0, WARM_UP_TASKS), members);
  const engine = engineRows(tasks, members);
  if (args.forecasts)
    writeFileSync(args.forecasts, engine.forecasts.map((one) => `${JSON.stringify(one)}\n`).join(""));
  const arima = args["no-references"] ? { rows: [], failed: 0 } : await arimaRows(tasks);
  const { rows: fromR, r } = rMethods(tasks);
  const rows: Methods = new Map([["engine", engine.rows], ...ownMethods(tasks, members)]);
  if (arima.rows.length > 0) rows.set("npm arima auto", arima.rows);
  for (const [name, own] of fromR) rows.set(name, own);

  const relativeTo = rows.has(AUTO_ARIMA) ? AUTO_ARIMA : "naive";
  const reference = rows.get(relativeTo) ?? [];
  const methods = Object.fromEntries([...rows].map(([name, own]) => [name, summarised(own, reference)]));
  const micros = updateMicros(members);
  const details = { relativeTo, r, arimaFailed: arima.failed, updateMicros: micros };
  const figures = goals(methods["engine"] as MethodSummary, micros);
  // By the wall clock both, in the same run: what else the machine does counts for both.
  const [own, theirs] = ["engine", "npm arima auto"].map(
    (name) => methods[name]?.all.refitMsP50 ?? Number.NaN,
  );
  const ratio = (own as number) / (theirs as number);
  if (Number.isFinite(ratio)) figures.push({ name: "refit p50 / npm arima auto's", value: ratio, unit: "x" });
  report(figures, args.json ? { ...details, methods } : details);
  if (!args.json) console.log(table(methods));
}

await main();
