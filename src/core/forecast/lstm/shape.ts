import { type Matrix, matrix } from "./matrix.ts";

/** What is forecast of each point: enough to read off 80, 90 and 95 % intervals. The middle one is the median. */
export const QUANTILES: readonly number[] = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975];
export const MEDIAN: number = QUANTILES.indexOf(0.5);

/** Sizes of a network; they determine where each weight is, so they are saved with the weights. */
export interface Shape {
  /** Points that a step of the LSTM takes in. */
  readonly patch: number;
  /** Points forecast at once. */
  readonly horizon: number;
  /** Cells of the LSTM. */
  readonly hidden: number;
}

export const DEFAULT_SHAPE: Shape = { patch: 16, horizon: 32, hidden: 32 };

/** Steps that a window spans: a context of 512 points with the default patch. */
export const DEFAULT_STEPS = 32;

/** Inputs of a step beside the patch's values and moves: see WindowEncoder. The last one is always 1, for biases. */
export const EXTRA_INPUTS = 5;

/** Inputs of an LSTM step. */
export const inputSize = ({ patch }: Shape): number => 2 * patch + EXTRA_INPUTS;

/** Inputs of the head: the cells' outputs; the step's own inputs (a skip connection); two pulls on each point. */
export const headSize = (shape: Shape): number => shape.hidden + inputSize(shape) + 2 * shape.horizon;

/** Outputs of the head, the quantiles of a point side by side. */
export const outputSize = ({ horizon }: Shape): number => horizon * QUANTILES.length;

/** A network's weights, or their gradient: three matrices in one array. */
export interface Parameters {
  readonly shape: Shape;
  readonly data: Float64Array;
  /** inputSize × 4 hidden; gates in the order input, forget, candidate, output. */
  readonly input: Matrix;
  /** hidden × 4 hidden. */
  readonly recurrent: Matrix;
  /** headSize × outputSize. */
  readonly head: Matrix;
}

export function parameterCount(shape: Shape): number {
  const gates = 4 * shape.hidden;
  return (inputSize(shape) + shape.hidden) * gates + headSize(shape) * outputSize(shape);
}

/** The matrices of these sizes over `data`, or over zeros. */
export function parameters(shape: Shape, data?: Float64Array): Parameters {
  const count = parameterCount(shape);
  const all = data ?? new Float64Array(count);
  if (all.length !== count) throw new RangeError(`weights must be ${count} numbers, got ${all.length}`);
  const gates = 4 * shape.hidden;
  const input = matrix(inputSize(shape), gates, all);
  const recurrent = matrix(shape.hidden, gates, all, input.rows * gates);
  const head = matrix(headSize(shape), outputSize(shape), all, recurrent.at + recurrent.rows * gates);
  return { shape, data: all, input, recurrent, head };
}
