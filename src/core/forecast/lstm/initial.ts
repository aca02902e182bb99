import type { Random } from "../../ports.ts";
import { type Matrix, rowsOf } from "./matrix.ts";
import { inputSize, MEDIAN, type Parameters, parameters, QUANTILES, type Shape } from "./shape.ts";

/** A cell remembers until it learns to forget (Jozefowicz et al. 2015). */
const FORGET_BIAS = 1;
/** Gap between neighbouring quantiles at first: softplus(-1) = 0.3 errors of the naive forecast. */
const GAP_BIAS = -1;
/** Bound of the head's weights of the cells at first: small, so that the first forecasts are nearly naive. */
const HEAD_BOUND = 0.02;

/** Weights of an untrained network: its median is about the naive forecast. */
export function initialParameters(shape: Shape, random: Random): Parameters {
  const all = parameters(shape);
  const { input, recurrent, head } = all;
  const { hidden } = shape;
  fill(input, random, Math.sqrt(1 / inputSize(shape)));
  fill(recurrent, random, Math.sqrt(1 / hidden));
  fill(rowsOf(head, 0, hidden), random, HEAD_BOUND);
  const biases = rowsOf(input, input.rows - 1, 1);
  for (let i = 0; i < 4 * hidden; i++)
    biases.data[biases.at + i] = i >= hidden && i < 2 * hidden ? FORGET_BIAS : 0;
  const outBiases = rowsOf(head, hidden + inputSize(shape) - 1, 1);
  for (let i = 0; i < head.cols; i++)
    outBiases.data[outBiases.at + i] = i % QUANTILES.length === MEDIAN ? 0 : GAP_BIAS;
  return all;
}

function fill(m: Matrix, random: Random, bound: number): void {
  for (let i = 0; i < m.rows * m.cols; i++) m.data[m.at + i] = bound * (2 * random.next() - 1);
}
