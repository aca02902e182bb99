/** Numbers kept side by side; the parts of a model share one such array, since each has a header of 200 bytes. */
export type Cells = Float32Array | Float64Array;

/**
 * The scale a series is modelled on. Counts and rates are skewed and grow by factors: on log1p their spread is
 * even, and no interval reaches below 0. Anything else (a temperature may be negative) stays as it is.
 */
export interface Scale {
  readonly name: "log1p" | "linear";
  readonly to: (value: number) => number;
  readonly from: (scaled: number) => number;
  /** Room for what a model keeps: half of it where seven digits do, since there are thousands of sessions. */
  readonly cells: (length: number) => Cells;
}

export const log1pScale: Scale = {
  name: "log1p",
  to: (value) => Math.log1p(Math.max(0, value)),
  from: (scaled) => Math.max(0, Math.expm1(scaled)),
  cells: (length) => new Float32Array(length),
};

export const linearScale: Scale = {
  name: "linear",
  to: (value) => value,
  from: (scaled) => scaled,
  cells: (length) => new Float64Array(length),
};
