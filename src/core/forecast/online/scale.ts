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
  /** Room for values that were seen. */
  readonly values: (length: number) => Values;
  /** Room for what a model keeps: half of it where seven digits do, since there are thousands of sessions. */
  readonly cells: (length: number) => Cells;
  /** Room for errors on this scale, kept as multiples of `grain`. */
  readonly residuals: (length: number) => Residuals;
  /** 0: as they are. */
  readonly grain: number;
}

export type Residuals = Cells | Int16Array;

/** Values that were seen, NaN = missing, in as little room as they can be told apart in. */
export interface Values {
  readonly length: number;
  get(at: number): number;
  set(at: number, value: number): void;
}

/** Codes per unit of log1p: 65,535 reach e^28, 1.4e12 bytes, at 0.02 %; whole numbers up to 1,000 are exact. */
const PER_UNIT = 65_534 / 28;
const MISSING = 65_535;
const EXACT = 2_000;

/** Counts and sums of bytes, whole numbers ≥ 0: two bytes each, for there are thousands of sessions. */
class CodedValues implements Values {
  readonly #codes: Uint16Array;

  constructor(length: number) {
    this.#codes = new Uint16Array(length);
  }

  get length(): number {
    return this.#codes.length;
  }

  get(at: number): number {
    const code = this.#codes[at] ?? MISSING;
    if (code === MISSING) return Number.NaN;
    const value = Math.expm1(code / PER_UNIT);
    return value < EXACT ? Math.round(value) : value;
  }

  set(at: number, value: number): void {
    const code = Math.round(PER_UNIT * Math.log1p(Math.max(0, value)));
    this.#codes[at] = Number.isNaN(value) ? MISSING : Math.min(code, MISSING - 1);
  }
}

/** As they are. */
class ExactValues implements Values {
  readonly #values: Float64Array;

  constructor(length: number) {
    this.#values = new Float64Array(length);
  }

  get length(): number {
    return this.#values.length;
  }

  get(at: number): number {
    return this.#values[at] ?? Number.NaN;
  }

  set(at: number, value: number): void {
    this.#values[at] = value;
  }
}

export const log1pScale: Scale = {
  name: "log1p",
  to: (value) => Math.log1p(Math.max(0, value)),
  from: (scaled) => Math.max(0, Math.expm1(scaled)),
  cells: (length) => new Float32Array(length),
  values: (length) => new CodedValues(length),
  residuals: (length) => new Int16Array(length),
  // A tenth of a percent; 2^15 of them are e^32, more than any two counts differ by.
  grain: 1 / 1024,
};

export const linearScale: Scale = {
  name: "linear",
  to: (value) => value,
  from: (scaled) => scaled,
  cells: (length) => new Float64Array(length),
  values: (length) => new ExactValues(length),
  residuals: (length) => new Float64Array(length),
  grain: 0,
};
