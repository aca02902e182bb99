/**
 * Sums of weighted products of any predictors. By predictor rather than by row: sums of products run over two arrays
 * without a stride.
 */
import type { NormalEquations } from "./least-absolute.ts";

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

/** The same of two columns. */
function multiplyTwo(
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
  let [p0, p1, q0, q1] = [0, 0, 0, 0];
  for (let t = 0; t < p.length; t++) {
    const x = p[t] as number;
    const y = q[t] as number;
    const v0 = c0[t] as number;
    const v1 = c1[t] as number;
    p0 += x * v0;
    p1 += x * v1;
    q0 += y * v0;
    q1 += y * v1;
  }
  a[rowP] = p0;
  a[rowP + 1] = p1;
  a[rowQ] = q0;
  a[rowQ + 1] = q1;
}

export class ColumnEquations implements NormalEquations {
  readonly width: number;
  readonly #columns: readonly Float64Array[];
  /** Columns, then the targets, padded to whole tiles: the products with the targets are the right-hand side. */
  readonly #padded: readonly Float64Array[];
  readonly #stride: number;
  readonly #products: Float64Array;
  readonly #even: Float64Array;
  readonly #odd: Float64Array;

  /** `columns`: one array per predictor, the first of them all 1. */
  constructor(columns: readonly Float64Array[], targets: Float64Array) {
    this.width = columns.length;
    this.#columns = columns;
    this.#stride = TILE * Math.ceil((columns.length + 1) / TILE);
    this.#padded = Array.from({ length: this.#stride }, (_, j) => columns[j] ?? targets);
    this.#products = new Float64Array((columns.length + 1) * this.#stride);
    this.#even = new Float64Array(targets.length);
    this.#odd = new Float64Array(targets.length);
  }

  accumulate(weights: Float64Array, gram: Float64Array, rightSide: Float64Array): void {
    const { width } = this;
    const columns = this.#padded;
    const stride = this.#stride;
    const products = this.#products;
    // Two rows at a time come out even, as nothing but the sum of weights is known of the first row alone.
    for (let i = 1 - (width % 2); i < width; i += 2) {
      const next = i + 1;
      weigh(weights, columns[i] as Float64Array, this.#even);
      weigh(weights, columns[next] as Float64Array, this.#odd);
      // Of the targets' row the product with themselves is not needed.
      const last = Math.min(next, width - 1);
      for (let j = 0; j <= last; j += TILE) {
        const times = last - j < TILE / 2 ? multiplyTwo : multiply;
        times(this.#even, this.#odd, columns, j, products, i * stride + j, next * stride + j);
      }
    }
    // The first column is 1.
    products[0] = sumOf(weights);
    for (let i = 0; i < width; i++) {
      for (let j = 0; j <= i; j++) gram[i * width + j] = products[i * stride + j] as number;
      rightSide[i] = products[width * stride + i] as number;
    }
  }

  fit(coefficients: Float64Array, into: Float64Array): void {
    into.fill(0);
    for (let j = 0; j < this.width; j++) {
      const column = this.#columns[j] as Float64Array;
      const coefficient = coefficients[j] as number;
      for (let t = 0; t < into.length; t++)
        into[t] = (into[t] as number) + coefficient * (column[t] as number);
    }
  }
}

function weigh(weights: Float64Array, column: Float64Array, into: Float64Array): void {
  for (let t = 0; t < into.length; t++) into[t] = (weights[t] as number) * (column[t] as number);
}

export function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let t = 0; t < values.length; t++) sum += values[t] as number;
  return sum;
}
