import type { Past } from "./past.ts";
import { medianInPlace } from "./statistics.ts";

/**
 * A scale on which traffic is roughly symmetric: near-linear up to `unit`, logarithmic far above it, so that bursts
 * don't rule a least-squares or least-absolute fit. asinh rather than log1p: it also takes negative values.
 */
export interface LogScale {
  readonly unit: number;
}

/** The unit is the typical size, so that bytes and megabytes are forecast alike. */
export function logScaleOf(values: Float64Array): LogScale {
  const sizes = new Float64Array(values.length);
  let count = 0;
  for (const value of values) if (value !== 0) sizes[count++] = Math.abs(value);
  const unit = count === 0 ? 1 : medianInPlace(sizes, count);
  return { unit: unit > 0 ? unit : 1 };
}

export function toLog({ unit }: LogScale, value: number): number {
  return Math.asinh(value / unit);
}

export function fromLog({ unit }: LogScale, value: number): number {
  return unit * Math.sinh(value);
}

/** A past's scales and logarithms: members and searches for seasons ask for the same ones, and each costs a sort. */
interface Kept {
  readonly scales: Map<number, LogScale>;
  readonly logs: Map<number, Float64Array>;
}

/** Of a past as long as somebody holds it; a past isn't changed. */
const kept = new WeakMap<Past, Kept>();

function keptOf(past: Past): Kept {
  const known = kept.get(past) ?? { scales: new Map(), logs: new Map() };
  kept.set(past, known);
  return known;
}

/** Of the first `length` values. */
export function scaleOfPast(past: Past, length: number): LogScale {
  const { scales } = keptOf(past);
  const scale = scales.get(length) ?? logScaleOf(past.values.subarray(0, length));
  scales.set(length, scale);
  return scale;
}

/** All values on that scale; not to be written to. */
export function logsOfPast(past: Past, scale: LogScale): Float64Array {
  const { logs } = keptOf(past);
  const all = logs.get(scale.unit) ?? past.values.map((value) => toLog(scale, value));
  logs.set(scale.unit, all);
  return all;
}
