import { medianOf } from "./statistics.ts";

/**
 * A scale on which traffic is roughly symmetric: near-linear up to `unit`, logarithmic far above it, so that bursts
 * don't rule a least-squares or least-absolute fit. asinh rather than log1p: it also takes negative values.
 */
export interface LogScale {
  readonly unit: number;
}

/** The unit is the typical size, so that bytes and megabytes are forecast alike. */
export function logScaleOf(values: Float64Array): LogScale {
  const sizes = values.map(Math.abs).filter((size) => size > 0);
  const unit = sizes.length === 0 ? 1 : medianOf(sizes);
  return { unit: unit > 0 ? unit : 1 };
}

export function toLog({ unit }: LogScale, value: number): number {
  return Math.asinh(value / unit);
}

export function fromLog({ unit }: LogScale, value: number): number {
  return unit * Math.sinh(value);
}
