import { ColumnEquations } from "./column-equations.ts";

/** Regression by least absolute errors, so that what it predicts are medians and a spike weighs little. */

/** The rows that are learnt from. */
export interface Rows {
  readonly targets: Float64Array;
  /** 0: not to be learnt from. */
  readonly seen: Uint8Array;
  /** Ridge per predictor, in observations; the first is ignored. */
  readonly penalties: Float64Array;
}

/** Predictors of any kind, the first of them all 1. */
export interface Design extends Rows {
  /** One array per predictor. */
  readonly columns: readonly Float64Array[];
}

/** What a regression needs to know of its predictors; the first of them is 1 in all rows. */
export interface NormalEquations {
  /** Predictors. */
  readonly width: number;
  /** Sums of weighted products: of predictors (the lower triangle, row by row), and of each with the targets. */
  accumulate(weights: Float64Array, gram: Float64Array, rightSide: Float64Array): void;
  /** What these coefficients say of each row. */
  fit(coefficients: Float64Array, into: Float64Array): void;
}

/** Rounds of reweighting from scratch, and from nearly right coefficients: one more changes no set by half a percent. */
const COLD_ROUNDS = 3;
const WARM_ROUNDS = 2;
/** Residuals below this share of the mean one weigh alike, or an exact fit would get an infinite weight. */
const FLOOR = 0.1;

/** Lower Cholesky factor of a symmetric positive definite matrix, in place, row by row. */
function factor(a: Float64Array, size: number): void {
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      let sum = a[i * size + j] as number;
      for (let k = 0; k < j; k++) sum -= (a[i * size + k] as number) * (a[j * size + k] as number);
      a[i * size + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / (a[j * size + j] as number);
    }
  }
}

/** Solves `a x = b` in place; `a` holds the lower triangle. */
function solve(a: Float64Array, b: Float64Array): Float64Array {
  const size = b.length;
  factor(a, size);
  for (let i = 0; i < size; i++) {
    let sum = b[i] as number;
    for (let k = 0; k < i; k++) sum -= (a[i * size + k] as number) * (b[k] as number);
    b[i] = sum / (a[i * size + i] as number);
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = b[i] as number;
    for (let k = i + 1; k < size; k++) sum -= (a[k * size + i] as number) * (b[k] as number);
    b[i] = sum / (a[i * size + i] as number);
  }
  return b;
}

/** What the rounds of one regression need, made once. */
class Regression {
  readonly #rows: Rows;
  readonly #equations: NormalEquations;
  readonly #weights: Float64Array;
  readonly #fitted: Float64Array;

  constructor(rows: Rows, equations: NormalEquations) {
    this.#rows = rows;
    this.#equations = equations;
    this.#weights = new Float64Array(rows.seen);
    this.#fitted = new Float64Array(rows.targets.length);
  }

  /** Weighted ridge solution; the penalty follows the mean weight, so that it means the same in every round. */
  solved(): Float64Array {
    const { width } = this.#equations;
    const { penalties } = this.#rows;
    const gram = new Float64Array(width * width);
    const rightSide = new Float64Array(width);
    this.#equations.accumulate(this.#weights, gram, rightSide);
    // The first predictor is 1: its products with itself are the weights.
    const meanWeight = (gram[0] as number) / this.#weights.length;
    for (let i = 0; i < width; i++) {
      const penalty = i > 0 ? meanWeight * (penalties[i] as number) : 0;
      gram[i * width + i] = (gram[i * width + i] as number) + penalty + 1e-9;
    }
    return solve(gram, rightSide);
  }

  /** Weighs each row by 1 / |residual|: the next solution has smaller absolute errors (Schlossmacher 1973). */
  reweigh(coefficients: Float64Array): void {
    const { targets, seen } = this.#rows;
    const fitted = this.#fitted;
    this.#equations.fit(coefficients, fitted);
    const weights = this.#weights;
    let sum = 0;
    for (let t = 0; t < targets.length; t++) {
      const error = Math.abs((targets[t] as number) - (fitted[t] as number));
      weights[t] = error;
      sum += error;
    }
    const floor = Math.max((FLOOR * sum) / targets.length, 1e-3);
    for (let t = 0; t < targets.length; t++)
      weights[t] = seen[t] ? 1 / Math.max(weights[t] as number, floor) : 0;
  }
}

/** Coefficients for predictors and targets of unit variance; `start` are coefficients of an earlier fit. */
export function leastAbsoluteOf(rows: Rows, equations: NormalEquations, start?: Float64Array): Float64Array {
  const regression = new Regression(rows, equations);
  const isWarm = start?.length === equations.width;
  if (isWarm) regression.reweigh(start);
  let coefficients = regression.solved();
  for (let round = isWarm ? WARM_ROUNDS : COLD_ROUNDS; round > 1; round--) {
    regression.reweigh(coefficients);
    coefficients = regression.solved();
  }
  return coefficients;
}

/** The same of predictors of any kind. */
export function leastAbsolute(design: Design, start?: Float64Array): Float64Array {
  return leastAbsoluteOf(design, new ColumnEquations(design.columns, design.targets), start);
}
