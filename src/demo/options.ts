import { parseArgs } from "node:util";
import { printable, quote } from "../core/errors.ts";

/** "static": the stitcher plans nothing; "reactive": it plans on measured load only; "predictive": on forecasts too. */
export type Policy = "static" | "reactive" | "predictive";

/** End a host by SIGKILL, so many seconds after the fleet started. */
export interface Kill {
  readonly host: string;
  readonly atSeconds: number;
}

export interface DemoOptions {
  /** Files to replay; empty: the default fleet. */
  readonly traces: readonly string[];
  /** Seconds of trace per second of run; traces only. */
  readonly speed: number;
  readonly hosts: number;
  /** What each host can process, messages/s; undefined: the default of the fleet or trace. */
  readonly capacity: number | undefined;
  readonly policy: Policy;
  readonly kills: readonly Kill[];
  readonly headless: boolean;
  /** Length of the run; undefined: until Ctrl-C. */
  readonly forSeconds: number | undefined;
  readonly seed: number;
  readonly reportFile: string | undefined;
  /** Port of the editor; 0: any free one. */
  readonly port: number;
  readonly help: boolean;
}

/** What the user typed is wrong: one line naming the option, its unit and the value; exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const shape = {
  trace: { type: "string", multiple: true },
  speed: { type: "string" },
  hosts: { type: "string" },
  capacity: { type: "string" },
  policy: { type: "string" },
  kill: { type: "string", multiple: true },
  headless: { type: "boolean" },
  for: { type: "string" },
  seed: { type: "string" },
  report: { type: "string" },
  port: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

interface Range {
  readonly option: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

/** A plain decimal number; Number() alone would take "", "0x10" and "Infinity". */
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function numberIn(text: string, { option, unit, min, max, whole = false }: Range): number {
  const value = decimal.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  const kind = whole ? "a whole number" : "a number";
  throw new UsageError(`${option} must be ${kind} from ${min} to ${max} (${unit}), got ${quote(text)}`);
}

function policyOf(text: string): Policy {
  if (text === "static" || text === "reactive" || text === "predictive") return text;
  throw new UsageError(`--policy must be static, reactive or predictive, got ${quote(text)}`);
}

const hostNames = (hosts: number): string[] => Array.from({ length: hosts }, (_, i) => `host-${i + 1}`);

/** "host-2@20": SIGKILL of host-2, 20 s after the fleet started. */
function killOf(text: string, hosts: number): Kill {
  const [, host = "", seconds = ""] = /^([^@]*)@(.*)$/su.exec(text) ?? [];
  if (!host || !seconds) {
    throw new UsageError(`--kill must be HOST@SECONDS, e.g. host-2@20, got ${quote(text)}`);
  }
  if (!hostNames(hosts).includes(host)) {
    throw new UsageError(`--kill: host must be one of host-1 to host-${hosts}, got ${quote(host)}`);
  }
  const atSeconds = numberIn(seconds, { option: "--kill", unit: "seconds after @", min: 0, max: 86_400 });
  return { host, atSeconds };
}

function filesOf(option: string, texts: readonly string[]): string[] {
  const files = texts.flatMap((text) => text.split(","));
  const empty = files.findIndex((file) => file.trim() === "");
  if (empty >= 0) throw new UsageError(`${option} must name a file, got ${quote(texts.join(","))}`);
  return files;
}

function rawValues(args: readonly string[]): ReturnType<typeof parse> {
  try {
    return parse(args);
  } catch (cause) {
    // parseArgs' own words end in advice on positionals; the first sentence names the option.
    const said = cause instanceof Error ? cause.message : String(cause);
    const first = said.split(/\.\s/u, 1)[0] ?? said;
    throw new UsageError(`${printable(first.replace(/\.$/u, ""))}; --help lists the options`, { cause });
  }
}

const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: shape, strict: true, allowPositionals: false }).values;

/** Checks the command line as a whole; throws UsageError on the first thing wrong. */
export function parseOptions(args: readonly string[]): DemoOptions {
  const raw = rawValues(args);
  const optional = (text: string | undefined, range: Range): number | undefined =>
    text === undefined ? undefined : numberIn(text, range);
  const hosts = numberIn(raw.hosts ?? "3", {
    option: "--hosts",
    unit: "hosts",
    min: 1,
    max: 32,
    whole: true,
  });
  const report = raw.report === undefined ? undefined : filesOf("--report", [raw.report])[0];
  return {
    traces: filesOf("--trace", raw.trace ?? []),
    speed: numberIn(raw.speed ?? "1", { option: "--speed", unit: "times real time", min: 0.001, max: 1e9 }),
    hosts,
    capacity: optional(raw.capacity, { option: "--capacity", unit: "messages/s", min: 1, max: 100_000 }),
    policy: policyOf(raw.policy ?? "predictive"),
    kills: (raw.kill ?? []).map((text) => killOf(text, hosts)),
    headless: raw.headless ?? false,
    forSeconds: optional(raw.for, { option: "--for", unit: "seconds", min: 1, max: 2_000_000 }),
    seed: numberIn(raw.seed ?? "1", {
      option: "--seed",
      unit: "seed",
      min: 0,
      max: 4_294_967_295,
      whole: true,
    }),
    reportFile: report,
    port: numberIn(raw.port ?? "0", {
      option: "--port",
      unit: "TCP port, 0 = any",
      min: 0,
      max: 65_535,
      whole: true,
    }),
    help: raw.help ?? false,
  };
}

export const helpText: string = `Session stitching, end to end: a broker, a gateway Node-RED, host Node-REDs and a fleet of devices.

npm start -- [options]

  --trace FILE[,FILE…]   replay CSV or .csv.gz files (columns ts, device, channel, bytes, kind, label; ts in
                         seconds) instead of the default fleet. Each device starts at its own first row, so
                         devices recorded years apart run side by side. A message too small to hold its number
                         (4 bytes; 7 as JSON) is sent at the smallest size that does.
  --speed N              seconds of trace per second of run (default 1; traces only)
  --hosts N              host Node-REDs, each a process: host-1, host-2, … (default 3)
  --capacity MSGS_PER_SEC  what one host can process (default 100; with --trace 400)
  --policy static|reactive|predictive
                         static: sessions stay where they are; reactive: moved on measured load; predictive
                         (default): on forecasts as well
  --kill HOST@SECONDS    SIGKILL that host so long after the fleet started; may be given several times
  --headless             no editor on the gateway
  --for SECONDS          stop the fleet then, wait for what is under way, report, exit (default: until Ctrl-C)
  --seed N               another fleet of the same kind (default 1)
  --report FILE.json     write the report there as well
  --port N               the editor's port (default: any free one)
  --help                 this text

Exit code: 0 nothing lost, duplicated or reordered; 1 something was, or the run failed; 2 a bad option.
`;
