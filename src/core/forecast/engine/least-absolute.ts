/** Regression by least absolute errors, so that what it predicts are medians and a spike weighs little. */

export interface Design {
  /**
   * One array per predictor, the first of them all 1. By predictor rather than by row: those of an autoregression are
   * then views of the one series, and sums of products run over two arrays without a stride.
   */
  readonly columns: readonly Float64Array[];
  readonly targets: Float64Array;
  /** 0: not to be learnt from. */
  readonly seen: Uint8Array;
  /** Ridge per predictor, in observations; the first is ignored. */
  readonly penalties: Float64Array;
}

/** Rounds of reweighting from scratch, and from nearly right coefficients: twice as many gain 1 % at twice the cost. */
const COLD_ROUNDS = 4;
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

/** Four columns at a time: enough sums at once that none waits for its own last addition. */
const TILE = 4;

/** Sums of `p` times each of four columns, from the one at `j` on, and of `q` times the same, to two places in `a`. */
function multiply(
  p: Float64Array,
  q: Float64Array,
  columns: readonly Float64Array[],
  j: number,
  a: Float64Array,
  rowP: number,
  rowQ: number,
): void {
  const c0 = columns[j] as Float64Array;
  const c1 = columns[j + 1] as Float64Array;
  const c2 = columns[j + 2] as Float64Array;
  const c3 = columns[j + 3] as Float64Array;
  let [p0, p1, p2, p3] = [0, 0, 0, 0];
  let [q0, q1, q2, q3] = [0, 0, 0, 0];
  for (let t = 0; t < p.length; t++) {
    const x = p[t] as number;
    const y = q[t] as number;
    const v0 = c0[t] as number;
    const v1 = c1[t] as number;
    const v2 = c2[t] as number;
    const v3 = c3[t] as number;
    p0 += x * v0;
    p1 += x * v1;
    p2 += x * v2;
    p3 += x * v3;
    q0 += y * v0;
    q1 += y * v1;
    q2 += y * v2;
    q3 += y * v3;
  }
  a[rowP] = p0;
  a[rowP + 1] = p1;
  a[rowP + 2] = p2;
  a[rowP + 3] = p3;
  a[rowQ] = q0;
  a[rowQ + 1] = q1;
  a[rowQ + 2] = q2;
  a[rowQ + 3] = q3;
}

/** What the rounds of one regression need, made once. */
class Regression {
  readonly #design: Design;
  readonly #width: number;
  /** Columns, then the targets, padded to whole tiles: the products with the targets are the right-hand side. */
  readonly #padded: readonly Float64Array[];
  readonly #stride: number;
  readonly #products: Float64Array;
  readonly #weights: Float64Array;
  readonly #even: Float64Array;
  readonly #odd: Float64Array;

  constructor(design: Design) {
    const { columns, targets, seen } = design;
    this.#design = design;
    this.#width = columns.length;
    this.#stride = TILE * Math.ceil((columns.length + 1) / TILE);
    this.#padded = Array.from({ length: this.#stride }, (_, j) => columns[j] ?? targets);
    this.#products = new Float64Array((columns.length + 1) * this.#stride);
    this.#weights = new Float64Array(seen);
    this.#even = new Float64Array(targets.length);
    this.#odd = new Float64Array(targets.length);
  }

  /** Normal equations of the weighted rows, two rows of the lower triangle at a time. */
  #accumulate(): void {
    const columns = this.#padded;
    const stride = this.#stride;
    // Two rows at a time come out even, as nothing but the sum of weights is known of the first row alone.
    for (let i = 1 - (this.#width % 2); i < this.#width; i += 2) {
      const next = i + 1;
      this.#weigh(columns[i] as Float64Array, this.#even);
      this.#weigh(columns[next] as Float64Array, this.#odd);
      for (let j = 0; j <= next; j += TILE) {
        multiply(this.#even, this.#odd, columns, j, this.#products, i * stride + j, next * stride + j);
      }
    }
  }

  #weigh(column: Float64Array, into: Float64Array): void {
    const weights = this.#weights;
    for (let t = 0; t < into.length; t++) into[t] = (weights[t] as number) * (column[t] as number);
  }

  /** Weighted ridge solution; the penalty follows the mean weight, so that it means the same in every round. */
  solved(): Float64Array {
    const width = this.#width;
    const { penalties } = this.#design;
    this.#accumulate();
    const a = new Float64Array(width * width);
    const b = new Float64Array(width);
    const stride = this.#stride;
    let total = 0;
    for (const weight of this.#weights) total += weight;
    const meanWeight = total / this.#weights.length;
    // The first column is 1.
    this.#products[0] = total;
    for (let i = 0; i < width; i++) {
      for (let j = 0; j <= i; j++) a[i * width + j] = this.#products[i * stride + j] as number;
      a[i * width + i] =
        (a[i * width + i] as number) + (i > 0 ? meanWeight * (penalties[i] as number) : 0) + 1e-9;
      b[i] = this.#products[width * stride + i] as number;
    }
    return solve(a, b);
  }

  /** Weighs each row by 1 / |residual|: the next solution has smaller absolute errors (Schlossmacher 1973). */
  reweigh(coefficients: Float64Array): void {
    const { columns, targets, seen } = this.#design;
    const fitted = this.#even.fill(0);
    for (let j = 0; j < columns.length; j++) {
      const column = columns[j] as Float64Array;
      const coefficient = coefficients[j] as number;
      for (let t = 0; t < fitted.length; t++)
        fitted[t] = (fitted[t] as number) + coefficient * (column[t] as number);
    }
    const weights = this.#weights;
    let sum = 0;
    for (let t = 0; t < targets.length; t++) {
      weights[t] = Math.abs((targets[t] as number) - (fitted[t] as number));
      sum += weights[t] as number;
    }
    const floor = Math.max((FLOOR * sum) / targets.length, 1e-3);
    for (let t = 0; t < targets.length; t++)
      weights[t] = seen[t] ? 1 / Math.max(weights[t] as number, floor) : 0;
  }
}

/** Coefficients for predictors and targets of unit variance; `start` are coefficients of an earlier fit. */
export function leastAbsolute(design: Design, start?: Float64Array): Float64Array {
  const regression = new Regression(design);
  const isWarm = start?.length === design.columns.length;
  if (isWarm) regression.reweigh(start);
  let coefficients = regression.solved();
  for (let round = isWarm ? WARM_ROUNDS : COLD_ROUNDS; round > 1; round--) {
    regression.reweigh(coefficients);
    coefficients = regression.solved();
  }
  return coefficients;
}
