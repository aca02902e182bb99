/** Recorded messages of real devices, by the path of the data folder (see its README): never part of the package. */
import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

export interface Trace {
  readonly set: string;
  readonly device: string;
  /** Ascending, ms. */
  readonly times: readonly number[];
  /** Of each message. */
  readonly bytes: readonly number[];
}

/** Value of `--data PATH`; undefined: not given. */
export function dataFolder(): string | undefined {
  const at = process.argv.indexOf("--data");
  return at < 0 ? undefined : process.argv[at + 1];
}

interface Row {
  readonly atMs: number;
  readonly size: number;
}

function readSet(path: string, set: string): Trace[] {
  const devices = new Map<string, Row[]>();
  const [, ...lines] = gunzipSync(readFileSync(path)).toString().trim().split("\n");
  for (const line of lines) {
    const [ts = "", device = "", , size = ""] = line.split(",");
    const rows = devices.get(device) ?? [];
    rows.push({ atMs: Math.round(Number(ts) * 1000), size: Number(size) });
    devices.set(device, rows);
  }
  return Array.from(devices, ([device, rows]) => {
    rows.sort((a, b) => a.atMs - b.atMs);
    return { set, device, times: rows.map(({ atMs }) => atMs), bytes: rows.map(({ size }) => size) };
  });
}

/** Every device of messages/ and packets/, sets and devices in a fixed order. */
export function readTraces(folder: string): Trace[] {
  const traces: Trace[] = [];
  for (const part of ["messages", "packets"]) {
    for (const file of readdirSync(`${folder}/${part}`).sort()) {
      if (!file.endsWith(".csv.gz")) continue;
      traces.push(...readSet(`${folder}/${part}/${file}`, file.slice(0, -".csv.gz".length)));
    }
  }
  return traces;
}
