import { decode, encode } from "@msgpack/msgpack";
import type { KeptHistory } from "../../core/forecast/session/kept-history.ts";

const VERSION = 1;
/** Values kept of a series: of more a forecaster would have to learn for too long when it comes back. */
const MOST_VALUES = 512;

/** Bytes of a number: seven digits do for counts, which there are thousands of. */
export type Width = 4 | 8;

const arrayOf = (width: Width) => (width === 4 ? Float32Array : Float64Array);

export function encodeHistory({ stepMs, end, series }: KeptHistory, width: Width): Uint8Array {
  const Numbers = arrayOf(width);
  const bytes = series.map((values) => new Uint8Array(Numbers.from(values.subarray(-MOST_VALUES)).buffer));
  return encode([VERSION, stepMs, end, width, bytes]);
}

function valuesOf(bytes: unknown, width: Width): Float64Array | undefined {
  if (!(bytes instanceof Uint8Array) || bytes.length % width !== 0 || bytes.length > MOST_VALUES * width)
    return undefined;
  // A copy of its own: numbers must lie at multiples of their width.
  const { buffer } = Uint8Array.from(bytes);
  return Float64Array.from(new (arrayOf(width))(buffer), (value) =>
    Number.isFinite(value) ? value : Number.NaN,
  );
}

/** Undefined for what isn't a history: a store may hold anything. */
export function decodeHistory(stored: Uint8Array): KeptHistory | undefined {
  let fields: unknown;
  try {
    fields = decode(stored);
  } catch {
    return undefined;
  }
  if (!Array.isArray(fields)) return undefined;
  const [version, stepMs, end, width, all] = fields as unknown[];
  const isKnown = version === VERSION && Number.isSafeInteger(stepMs) && Number.isSafeInteger(end);
  if (!isKnown || (width !== 4 && width !== 8) || !Array.isArray(all) || all.length > 2) return undefined;
  const series = all.map((bytes) => valuesOf(bytes, width));
  if (!series.every((values) => values !== undefined)) return undefined;
  return { stepMs: stepMs as number, end: end as number, series };
}
