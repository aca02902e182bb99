import type { Batch } from "./batch.ts";
import type { Matrix } from "./matrix.ts";
import { MEDIAN, QUANTILES } from "./shape.ts";

const COUNT = QUANTILES.length;

/** log(1 + e^x), without overflow. */
const softplus = (x: number): number => (x > 30 ? x : Math.log1p(Math.exp(x)));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/**
 * Quantiles of one point from the head's outputs at `at`: the median, and a positive gap from each quantile to the
 * next one outwards, so that they can't cross.
 */
export function quantilesAt(raw: Float64Array, at: number, to: Float64Array): void {
  to[MEDIAN] = raw[at + MEDIAN] as number;
  for (let q = MEDIAN + 1; q < COUNT; q++) to[q] = (to[q - 1] as number) + softplus(raw[at + q] as number);
  for (let q = MEDIAN - 1; q >= 0; q--) to[q] = (to[q + 1] as number) - softplus(raw[at + q] as number);
}

/** Mean weighted pinball loss (Koenker & Bassett 1978); replaces the head's outputs by its gradient. */
export function pinballGradient(outputs: Matrix, { targets, rowWeights }: Batch): number {
  const horizon = outputs.cols / COUNT;
  const points = weightOf(targets, rowWeights, horizon) * COUNT;
  const scratch = new Float64Array(COUNT);
  let loss = 0;
  for (let row = 0; row < outputs.rows; row++)
    for (let j = 0; j < horizon; j++) {
      const point = row * horizon + j;
      const weight = points > 0 ? (rowWeights[row] as number) / points : 0;
      loss += pointGradient(outputs.data, point * COUNT, scratch, targets[point] as number, weight);
    }
  return loss;
}

function weightOf(targets: Float64Array, rowWeights: Float64Array, horizon: number): number {
  let sum = 0;
  for (let i = 0; i < targets.length; i++)
    if (!Number.isNaN(targets[i])) sum += rowWeights[Math.floor(i / horizon)] as number;
  return sum;
}

function pointGradient(
  raw: Float64Array,
  at: number,
  scratch: Float64Array,
  target: number,
  weight: number,
): number {
  if (Number.isNaN(target) || weight === 0) {
    raw.fill(0, at, at + COUNT);
    return 0;
  }
  quantilesAt(raw, at, scratch);
  let loss = 0;
  for (let q = 0; q < COUNT; q++) {
    const error = target - (scratch[q] as number);
    const slope = error > 0 ? -(QUANTILES[q] as number) : 1 - (QUANTILES[q] as number);
    loss -= slope * error * weight;
    scratch[q] = slope * weight;
  }
  byGaps(raw, at, scratch);
  return loss;
}

/** From the gradient by each quantile to that by the median and the gaps: a gap moves all quantiles beyond it. */
function byGaps(raw: Float64Array, at: number, gradient: Float64Array): void {
  let above = 0;
  for (let q = COUNT - 1; q > MEDIAN; q--) {
    above += gradient[q] as number;
    raw[at + q] = above * sigmoid(raw[at + q] as number);
  }
  let below = 0;
  for (let q = 0; q < MEDIAN; q++) {
    below += gradient[q] as number;
    raw[at + q] = -below * sigmoid(raw[at + q] as number);
  }
  raw[at + MEDIAN] = above + below + (gradient[MEDIAN] as number);
}
