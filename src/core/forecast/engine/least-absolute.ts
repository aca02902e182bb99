/** Regression by least absolute errors, so that what it predicts are medians and a spike weighs little. */

export interface Design {
  /** Predictors row by row, the first of each row 1. */
  readonly rows: Float64Array;
  /** Predictors per row. */
  readonly width: number;
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

/** Rows whose products are added up together: the sums are loaded and stored a quarter as often. */
const BLOCK = 4;

/** Normal equations of the weighted rows. */
function accumulate(design: Design, weights: Float64Array, a: Float64Array, b: Float64Array): void {
  const { rows, width, targets } = design;
  const blocks = targets.length - (targets.length % BLOCK);
  for (let t = 0; t < blocks; t += BLOCK) addBlock(design, weights, t, a, b);
  for (let t = blocks; t < targets.length; t++) {
    for (let i = 0; i < width; i++) {
      const p = (weights[t] as number) * (rows[t * width + i] as number);
      b[i] = (b[i] as number) + p * (targets[t] as number);
      for (let j = 0; j <= i; j++)
        a[i * width + j] = (a[i * width + j] as number) + p * (rows[t * width + j] as number);
    }
  }
}

function addBlock(
  { rows, width, targets }: Design,
  weights: Float64Array,
  t: number,
  a: Float64Array,
  b: Float64Array,
): void {
  const r0 = t * width;
  const r1 = r0 + width;
  const r2 = r1 + width;
  const r3 = r2 + width;
  for (let i = 0; i < width; i++) {
    const p0 = (weights[t] as number) * (rows[r0 + i] as number);
    const p1 = (weights[t + 1] as number) * (rows[r1 + i] as number);
    const p2 = (weights[t + 2] as number) * (rows[r2 + i] as number);
    const p3 = (weights[t + 3] as number) * (rows[r3 + i] as number);
    b[i] =
      (b[i] as number) +
      (p0 * (targets[t] as number) + p1 * (targets[t + 1] as number)) +
      (p2 * (targets[t + 2] as number) + p3 * (targets[t + 3] as number));
    const at = i * width;
    for (let j = 0; j <= i; j++) {
      a[at + j] =
        (a[at + j] as number) +
        (p0 * (rows[r0 + j] as number) + p1 * (rows[r1 + j] as number)) +
        (p2 * (rows[r2 + j] as number) + p3 * (rows[r3 + j] as number));
    }
  }
}

/** Weighted ridge solution; the penalty follows the mean weight, so that it means the same in every round. */
function weighted(design: Design, weights: Float64Array): Float64Array {
  const { width, penalties } = design;
  const a = new Float64Array(width * width);
  const b = new Float64Array(width);
  accumulate(design, weights, a, b);
  const meanWeight = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  a[0] = (a[0] as number) + 1e-9;
  for (let i = 1; i < width; i++) {
    a[i * width + i] = (a[i * width + i] as number) + meanWeight * (penalties[i] as number) + 1e-9;
  }
  return solve(a, b);
}

/** Weighs each row by 1 / |residual|: the next solution has smaller absolute errors (Schlossmacher 1973). */
function reweigh(
  { rows, width, targets, seen }: Design,
  coefficients: Float64Array,
  weights: Float64Array,
): void {
  let sum = 0;
  for (let t = 0; t < targets.length; t++) {
    let fitted = 0;
    for (let j = 0, at = t * width; j < width; j++, at++)
      fitted += (coefficients[j] as number) * (rows[at] as number);
    weights[t] = Math.abs((targets[t] as number) - fitted);
    sum += weights[t] as number;
  }
  const floor = Math.max((FLOOR * sum) / targets.length, 1e-3);
  for (let t = 0; t < targets.length; t++)
    weights[t] = seen[t] ? 1 / Math.max(weights[t] as number, floor) : 0;
}

/** Coefficients for predictors and targets of unit variance; `start` are coefficients of an earlier fit. */
export function leastAbsolute(design: Design, start?: Float64Array): Float64Array {
  const weights = Float64Array.from(design.seen);
  const isWarm = start?.length === design.width;
  if (isWarm) reweigh(design, start, weights);
  let coefficients = weighted(design, weights);
  for (let round = isWarm ? WARM_ROUNDS : COLD_ROUNDS; round > 1; round--) {
    reweigh(design, coefficients, weights);
    coefficients = weighted(design, weights);
  }
  return coefficients;
}
