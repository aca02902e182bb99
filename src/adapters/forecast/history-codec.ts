import { decode, encode } from "@msgpack/msgpack";
import type { KeptTier } from "../../core/forecast/history/tier.ts";
import type { KeptTiers } from "../../core/forecast/history/tiered-history.ts";
import type { KeptHistory } from "../../core/forecast/session/kept-history.ts";

/** A series of values; as in version 0.1. */
const PLAIN = 1;
/** A session with its coarse history. */
const TIERED = 2;
/** Values kept of a series: of more a forecaster would have to learn for too long when it comes back. */
const MOST_VALUES = 512;
const MOST_TIERS = 4;
const MOST_CODES = 2048;
const MOST_GAUGES = 256;
const MOST_SIZES = 256;

/** Bytes of a number: seven digits do for counts, which there are thousands of. */
export type Width = 4 | 8;

const arrayOf = (width: Width) => (width === 4 ? Float32Array : Float64Array);

export function encodeHistory(
  { stepMs, end, series, coarse, isPeriodic }: KeptHistory,
  width: Width,
): Uint8Array {
  const Numbers = arrayOf(width);
  const bytes = series.map((values) => new Uint8Array(Numbers.from(values.subarray(-MOST_VALUES)).buffer));
  if (!coarse) return encode([PLAIN, stepMs, end, width, bytes]);
  const tiers = coarse.tiers.map((tier) => [tier.binMs, tier.end, tier.codes]);
  const gauges = new Uint8Array(coarse.gauges.buffer, coarse.gauges.byteOffset, coarse.gauges.byteLength);
  return encode([TIERED, stepMs, end, width, bytes, isPeriodic === true, tiers, gauges, coarse.sizes]);
}

function numbersOf(bytes: unknown, width: Width, most: number): Float64Array | undefined {
  if (!(bytes instanceof Uint8Array) || bytes.length % width !== 0 || bytes.length > most * width)
    return undefined;
  // A copy of its own: numbers must lie at multiples of their width.
  const { buffer } = Uint8Array.from(bytes);
  return Float64Array.from(new (arrayOf(width))(buffer), (value) =>
    Number.isFinite(value) ? value : Number.NaN,
  );
}

function tierOf(fields: unknown): KeptTier | undefined {
  if (!Array.isArray(fields)) return undefined;
  const [binMs, end, codes] = fields as unknown[];
  const isKnown = Number.isSafeInteger(binMs) && Number.isSafeInteger(end) && codes instanceof Uint8Array;
  if (!isKnown || codes.length > MOST_CODES) return undefined;
  return { binMs: binMs as number, end: end as number, codes: Uint8Array.from(codes) };
}

function coarseOf(tiers: unknown, gauges: unknown, sizes: unknown): KeptTiers | undefined {
  const numbers = numbersOf(gauges, 4, MOST_GAUGES);
  if (
    !(sizes instanceof Uint8Array) ||
    sizes.length > MOST_SIZES ||
    !numbers ||
    !Array.isArray(tiers) ||
    tiers.length > MOST_TIERS
  )
    return undefined;
  const all = tiers.map(tierOf);
  if (!all.every((tier) => tier !== undefined) || numbers.some(Number.isNaN)) return undefined;
  return { tiers: all, sizes: Uint8Array.from(sizes), gauges: Float32Array.from(numbers) };
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
  const [version, stepMs, end, width, all, isPeriodic, tiers, gauges, sizes] = fields as unknown[];
  const isKnown = (version === PLAIN || version === TIERED) && [stepMs, end].every(Number.isSafeInteger);
  if (!isKnown || (width !== 4 && width !== 8) || !Array.isArray(all) || all.length > 2) return undefined;
  const series = all.map((bytes) => numbersOf(bytes, width, MOST_VALUES));
  if (!series.every((values) => values !== undefined)) return undefined;
  const plain: KeptHistory = { stepMs: stepMs as number, end: end as number, series };
  if (version === PLAIN) return plain;
  const coarse = coarseOf(tiers, gauges, sizes);
  return coarse && { ...plain, coarse, isPeriodic: isPeriodic === true };
}
