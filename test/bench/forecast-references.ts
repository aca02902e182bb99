/** What the engine is measured against: npm arima's auto, and R's forecast package, run here where it is installed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import type { ArimaJob, ArimaResult } from "../../src/adapters/arima/arima-job.ts";
import { DisposableWorker, workerEntry } from "../../src/adapters/worker/disposable-worker.ts";
import type { Row } from "./forecast-summary.ts";
import { scored, seen, type Task, type TaskForecast } from "./forecast-tasks.ts";

/** A fit that isn't through by then counts as the naive forecast, as it would in the node. */
const DEADLINE_MS = 20_000;

/** Missing values are the last one carried on: NaN poisons npm arima. */
function filled({ train }: Task): number[] {
  let last = seen(train)[0] ?? 0;
  return train.map((value) => {
    last = value ?? last;
    return last;
  });
}

const flat = (value: number, h: number): number[] => Array.from({ length: h }, () => value);

/** Normal intervals from its variances, as its authors have them. */
function arimaForecast({ id }: Task, { points, variances }: ArimaResult): TaskForecast {
  const bound = (z: number): number[] =>
    points.map((point, i) => point + z * Math.sqrt(Math.max(0, variances[i] ?? Number.NaN)));
  return {
    id,
    median: points,
    lower80: bound(-1.2816),
    upper80: bound(1.2816),
    lower95: bound(-1.96),
    upper95: bound(1.96),
  };
}

export interface ArimaOutcome {
  readonly rows: readonly Row[];
  /** Fits that trapped, hung or threw. */
  readonly failed: number;
}

/** npm arima, auto over p, q ≤ 3 and d ≤ 1 by conditional sum of squares, as the node's worker runs it; wall time. */
export async function arimaRows(tasks: readonly Task[]): Promise<ArimaOutcome> {
  const entry = workerEntry("../../src/adapters/arima/arima-worker", import.meta.url);
  const worker = new DisposableWorker<ArimaJob, ArimaResult>(entry);
  const rows: Row[] = [];
  let failed = 0;
  for (const task of tasks) {
    const start = performance.now();
    let result: ArimaResult;
    try {
      result = await worker.run({ values: filled(task), h: task.h }, DEADLINE_MS);
    } catch {
      failed++;
      const last = filled(task).at(-1) ?? 0;
      result = { points: flat(last, task.h), variances: flat(0, task.h) };
    }
    const refitMs = performance.now() - start;
    rows.push({ ...scored(task, arimaForecast(task, result)), id: task.id, set: task.set, refitMs });
  }
  await worker.close();
  return { rows, failed };
}

const R_SCRIPT = `
suppressMessages(library(forecast))
args <- commandArgs(trailingOnly = TRUE)
tasks <- read.csv(args[1], stringsAsFactors = FALSE)
for (k in seq_len(nrow(tasks))) {
  x <- scan(tasks$file[k], quiet = TRUE, na.strings = "NA")
  y <- na.interp(ts(x, frequency = ifelse(tasks$step[k] == 3600, 24, 1)))
  h <- tasks$h[k]
  for (m in c("auto.arima", "ets", "theta")) {
    t0 <- proc.time()[["user.self"]]
    f <- try(switch(m, auto.arima = forecast(auto.arima(y), h = h, level = c(80, 95)),
      ets = forecast(ets(y), h = h, level = c(80, 95)), theta = thetaf(y, h = h, level = c(80, 95))), silent = TRUE)
    ms <- (proc.time()[["user.self"]] - t0) * 1000
    if (inherits(f, "try-error")) next
    v <- c(f$mean, f$lower[, 1], f$upper[, 1], f$lower[, 2], f$upper[, 2])
    cat(k, m, ms, v, sep = " "); cat("\\n")
  }
}
`;

/** R's own forecasts of these tasks, made now; undefined: there is no Rscript with the forecast package. */
export function rRows(tasks: readonly Task[]): Map<string, Row[]> | undefined {
  const probe = spawnSync("Rscript", ["-e", "library(forecast)"], { stdio: "ignore" });
  if (probe.status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "forecast-"));
  try {
    const lines = tasks.map((task, k) => {
      const file = join(folder, `${k}.txt`);
      writeFileSync(file, task.train.map((value) => value ?? "NA").join("\n"));
      return `${file},${task.stepSeconds},${task.h}`;
    });
    const index = join(folder, "tasks.csv");
    writeFileSync(index, ["file,step,h", ...lines].join("\n"));
    const script = join(folder, "run.R");
    writeFileSync(script, R_SCRIPT);
    const { stdout } = spawnSync("Rscript", [script, index], { encoding: "utf8", maxBuffer: 1 << 28 });
    return rowsFromR(tasks, stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowsFromR(tasks: readonly Task[], out: string): Map<string, Row[]> {
  const rows = new Map<string, Row[]>();
  for (const line of out.trim().split("\n")) {
    const [k = "", method = "", ms = "", ...numbers] = line.split(" ");
    const task = tasks[Number(k) - 1];
    if (!task) continue;
    const path = (i: number): number[] => numbers.slice(i * task.h, (i + 1) * task.h).map(Number);
    const forecast = {
      id: task.id,
      median: path(0),
      lower80: path(1),
      upper80: path(2),
      lower95: path(3),
      upper95: path(4),
    };
    const row = { ...scored(task, forecast), id: task.id, set: task.set, refitMs: Number(ms) };
    rows.set(`R ${method}`, [...(rows.get(`R ${method}`) ?? []), row]);
  }
  return rows;
}

/** R's scores of these tasks as they were kept (`id, method, ms, mase, smape, cov80, cov95, finite`); MSIS was not. */
export function keptRows(tasks: readonly Task[], file: string | URL): Map<string, Row[]> {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const rows = new Map<string, Row[]>();
  for (const kept of parse(readFileSync(file), { columns: true }) as Record<string, string>[]) {
    const task = byId.get(kept["id"] ?? "");
    const mase = Number(kept["mase"]);
    const method = kept["method"] === "snaive" ? "R snaive" : `R ${kept["method"]}`;
    if (!task || Number.isNaN(mase)) continue;
    const row: Row = {
      id: task.id,
      set: task.set,
      mase,
      smape: Number(kept["smape"]),
      coverage80: Number(kept["cov80"]),
      coverage95: Number(kept["cov95"]),
      msis: Number.NaN,
      nonFinite: kept["finite"] === "1" ? 0 : 1,
      beyondTwoRanges: Number.NaN,
      points: seen(task.test).length,
      refitMs: Number(kept["ms"]),
    };
    rows.set(method, [...(rows.get(method) ?? []), row]);
  }
  return rows;
}
