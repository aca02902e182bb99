/**
 * `npm run bench:unseen-tasks -- --out FILE [--data FOLDER] [--nab FOLDER]`: forecasting tasks of the format of
 * `forecast-tasks.jsonl.gz`, of what is in none of those: other devices, quantities and steps of the recorded
 * messages, packets and requests, earlier times of the hourly series, and those series of the Numenta Anomaly Benchmark
 * (github numenta/NAB, `--nab`: a folder with its CSV files) that the scored tasks leave out. `bench:forecast -- --tasks
 * FILE` scores them (docs/forecast.md).
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";
import { readTasks } from "./forecast-tasks.ts";
import { type Aggregate, binned, HOUR, type Sample, type Source, tasksOf } from "./task-cutting.ts";
import { readTraces, type Trace } from "./traces.ts";

const { values: args } = parseArgs({
  options: { data: { type: "string" }, nab: { type: "string" }, out: { type: "string" } },
});
const DATA = args.data ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));

/** Rows of a CSV file without its heading. */
function rowsOf(path: string): string[][] {
  const bytes = readFileSync(path);
  const text = path.endsWith(".gz") ? gunzipSync(bytes).toString() : bytes.toString();
  return text
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(","));
}

/** Messages or bytes of a trace per step. */
function traceSource(trace: Trace, set: string, stepSeconds: number, aggregate: "sum" | "count"): Source {
  const samples = trace.times.map((at, i) => ({ atSeconds: at / 1000, value: trace.bytes[i] ?? 0 }));
  const name = `${trace.device}/${aggregate === "sum" ? "bytes" : "messages"}`;
  return { set, name, stepSeconds, values: binned(samples, stepSeconds, aggregate) };
}

/** Devices that no scored task is of, and finer steps and message counts of those that are scored by the hour. */
function messageSources(): Source[] {
  return readTraces(DATA).flatMap((trace) => {
    if (trace.set === "aws_iot_mqtt")
      return [traceSource(trace, "mqtt_10s", 10, "sum"), traceSource(trace, "mqtt_10s", 10, "count")];
    if (trace.set === "open_smart_home") return [traceSource(trace, "sensors_30min", 1800, "count")];
    if (trace.set === "campusiot_helium_lorawan")
      return [traceSource(trace, "lorawan_2h", 2 * HOUR, "count")];
    if (trace.set === "derived_ampds2_meter_events") return [traceSource(trace, "meters_1h", HOUR, "count")];
    return [];
  });
}

/** The camera's longest captures: one each, as what lies between them was not recorded. */
function packetSources(): Source[] {
  const captures = new Map<string, Sample[]>();
  for (const [ts, device, , bytes, , label] of rowsOf(join(DATA, "packets/nemea_ikea_ipcam.csv.gz"))) {
    const name = `${device}/${label}`;
    const samples = captures.get(name) ?? [];
    samples.push({ atSeconds: Number(ts), value: Number(bytes) });
    captures.set(name, samples);
  }
  return Array.from(captures, ([name, samples]) => {
    samples.sort((a, b) => a.atSeconds - b.atSeconds);
    return { set: "packets_1s", name, stepSeconds: 1, values: binned(samples, 1, "sum") };
  });
}

function requestSources(): Source[] {
  const rows = rowsOf(join(DATA, "requests/azure_llm_code_2023.csv.gz"));
  const column = (name: string, at: number, aggregate: Aggregate): Source => {
    const samples = rows.map((row) => ({ atSeconds: Number(row[0]), value: Number(row[at]) }));
    return { set: "requests_5s", name, stepSeconds: 5, values: binned(samples, 5, aggregate) };
  };
  return [column("arrivals", 0, "count"), column("in_tokens", 1, "sum"), column("out_tokens", 2, "sum")];
}

/** The hourly series before the first value that a scored task tests. */
function earlierSources(): Source[] {
  const until = { cesnet_ip103_1h: 1655, metro_i94_traffic_1h: 4350 };
  return Object.entries(until).flatMap(([file, steps]) => {
    const series = new Map<string, (number | null)[]>();
    for (const [name = "", , value = ""] of rowsOf(join(DATA, `throughput/${file}.csv.gz`)))
      series.set(name, [...(series.get(name) ?? []), value === "" ? null : Number(value)]);
    return Array.from(series, ([name, values]) => ({
      set: "hourly_earlier",
      name,
      stepSeconds: HOUR,
      values: values.slice(0, steps),
    }));
  });
}

/** Most frequent distance of neighbours. */
function usualStep(samples: readonly Sample[]): number {
  const counts = new Map<number, number>();
  for (const [i, { atSeconds }] of samples.entries()) {
    const step = i > 0 ? atSeconds - (samples[i - 1] as Sample).atSeconds : 0;
    if (step > 0) counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 300;
}

function nabSources(folder: string, scored: ReadonlySet<string>): Source[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".csv") && !scored.has(file.slice(0, -".csv".length)))
    .sort()
    .map((file) => {
      const samples = rowsOf(join(folder, file)).map(([at = "", value]) => ({
        atSeconds: Date.parse(`${at.replace(" ", "T")}Z`) / 1000,
        value: Number(value),
      }));
      samples.sort((a, b) => a.atSeconds - b.atSeconds);
      const stepSeconds = usualStep(samples);
      const values = binned(samples, stepSeconds, "mean");
      return { set: "nab_other", name: file.slice(0, -".csv".length), stepSeconds, values };
    });
}

function main(): void {
  if (!args.out) throw new Error("--out FILE is missing: the task file to write");
  const scored = new Set(
    readTasks(join(DATA, "forecast-tasks.jsonl.gz")).map(({ id }) => id.replace(/^nab\/(.*)@\d+$/, "$1")),
  );
  const sources = [...messageSources(), ...packetSources(), ...requestSources(), ...earlierSources()];
  if (args.nab && existsSync(args.nab)) sources.push(...nabSources(args.nab, scored));
  const tasks = sources.flatMap(tasksOf);
  const lines = tasks.map((task) => `${JSON.stringify(task)}\n`).join("");
  writeFileSync(args.out, args.out.endsWith(".gz") ? gzipSync(lines) : lines);
  for (const set of new Set(tasks.map((task) => task.set)))
    console.log(set.padEnd(20), String(tasks.filter((task) => task.set === set).length).padStart(5), "tasks");
}

main();
