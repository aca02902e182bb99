import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { type Options, parse } from "csv-parse";
import { quote, StitchError } from "../core/errors.ts";
import type { Millis } from "../core/ports.ts";
import type { Due, Source } from "./devices.ts";

/** One line of a trace, checked. */
export interface TraceRow {
  /** Seconds; only differences matter. */
  readonly ts: number;
  readonly device: string;
  readonly channel: string;
  readonly bytes: number;
  readonly kind: string;
}

const columns = ["ts", "device", "channel", "bytes", "kind", "label"] as const;
type Column = (typeof columns)[number];

/** A larger payload than this is a mistake in the file, and would stop the broker's other traffic. */
const MAX_BYTES = 16 * 1024 * 1024;
/** A topic holds 65,535 bytes, and an escaped character may take 12. */
const MAX_NAME = 1_000;
/** A quoted field longer than this is a file that is not a CSV. */
const MAX_RECORD = 100_000;

interface Place {
  readonly file: string;
  readonly line: number;
}

function badTrace({ file, line }: Place, what: string, cause?: unknown): StitchError {
  return new StitchError("BAD_TRACE", `${file}, line ${line}: ${what}`, cause ? { cause } : undefined);
}

function numberField(place: Place, column: Column, text: string, max: number, unit: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= 0 && value <= max) return value;
  throw badTrace(place, `${column} must be a number of ${unit} from 0 to ${max}, got ${quote(text)}`);
}

function nameField(place: Place, column: Column, text: string): string {
  if (text.length >= 1 && text.length <= MAX_NAME) return text;
  throw badTrace(place, `${column} must have 1 to ${MAX_NAME} characters, got ${quote(text)}`);
}

/** A record of the file's fields to a row; throws BAD_TRACE naming the field and the value. */
export function traceRow(place: Place, fields: readonly string[]): TraceRow {
  if (fields.length < 5 || fields.length > columns.length) {
    throw badTrace(place, `expected the 6 columns ${columns.join(", ")}, got ${fields.length} fields`);
  }
  const [ts = "", device = "", channel = "", bytes = "", kind = ""] = fields;
  return {
    ts: numberField(place, "ts", ts, 1e12, "seconds"),
    device: nameField(place, "device", device),
    channel: nameField(place, "channel", channel),
    bytes: Math.round(numberField(place, "bytes", bytes, MAX_BYTES, "bytes")),
    kind: nameField(place, "kind", kind),
  };
}

function checkHeader(file: string, fields: readonly string[]): void {
  if (columns.slice(0, 5).every((column, i) => fields[i] === column)) return;
  throw badTrace({ file, line: 1 }, `columns must be ${columns.join(", ")}, got ${quote(fields.join(","))}`);
}

/** What the reading and unpacking libraries throw, with the file's name and, where known, the line. */
function asBadTrace(file: string, error: unknown): StitchError {
  if (error instanceof StitchError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const { code, lines } = (error ?? {}) as { code?: string; lines?: number };
  if (code === "ENOENT") return new StitchError("BAD_TRACE", `${file}: no such file`, { cause: error });
  const where = lines ? `${file}, line ${lines}` : file;
  return new StitchError("BAD_TRACE", `${where}: not a readable CSV: ${message}`, { cause: error });
}

/** Checks within the parser, so that the first line at fault is the one that is named. */
function rowReader(file: string) {
  let hasHeader = false;
  return {
    read(fields: readonly string[], line: number): TraceRow | null {
      if (hasHeader) return traceRow({ file, line }, fields);
      checkHeader(file, fields);
      hasHeader = true;
      return null;
    },
    end(): void {
      if (!hasHeader) checkHeader(file, []);
    },
  };
}

/** The rows of a .csv or .csv.gz file, one at a time. */
export async function* readTrace(file: string): AsyncGenerator<TraceRow> {
  const rows = rowReader(file);
  const options: Options<TraceRow, string[]> = {
    bom: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: MAX_RECORD,
    on_record: (fields, { lines }) => rows.read(fields, lines),
  };
  // The library's types know rows of another shape only with `columns`, which would make objects of them first.
  const parser = parse(options as object);
  const input = createReadStream(file);
  const forward = (error: Error): void => void parser.destroy(error);
  input.on("error", forward);
  const plain = file.endsWith(".gz") ? input.pipe(createGunzip()).on("error", forward) : input;
  plain.pipe(parser);
  try {
    yield* parser as AsyncIterable<TraceRow>;
    rows.end();
  } catch (error) {
    throw asBadTrace(file, error);
  } finally {
    input.destroy();
  }
}

export interface Replay {
  /** Seconds of trace per second of run. */
  readonly speed: number;
  /** Rows due later than this are not kept; Infinity: all are. */
  readonly untilMs: Millis;
}

/**
 * Rows to one source per device. Each device starts at its own first row: a trace of years runs its devices
 * side by side. Rows of a device that are out of order in the file are sent in the order of their times.
 */
export async function replay(rows: AsyncIterable<TraceRow>, { speed, untilMs }: Replay): Promise<Source[]> {
  const devices = new Map<string, { readonly start: number; readonly due: Due[] }>();
  for await (const { ts, device, channel, bytes, kind } of rows) {
    let entry = devices.get(device);
    if (!entry) {
      entry = { start: ts, due: [] };
      devices.set(device, entry);
    }
    // A row before the device's first row in the file is due at once.
    const dueMs = Math.max(0, ((ts - entry.start) * 1000) / speed);
    if (dueMs <= untilMs) entry.due.push({ dueMs, device, channel, bytes, kind });
  }
  return [...devices].map(([device, { due }]) => inOrder(device, due));
}

function inOrder(device: string, due: Due[]): Source {
  due.sort((a, b) => a.dueMs - b.dueMs);
  let at = 0;
  return { device, next: () => due[at++] };
}

/** All files as one set of devices; a device that is in two files is one device. */
export async function* readTraces(files: readonly string[]): AsyncGenerator<TraceRow> {
  for (const file of files) yield* readTrace(file);
}
