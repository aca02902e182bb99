import type { Batch } from "./batch.ts";
import { addProduct, type Matrix, matrix, rowsOf } from "./matrix.ts";
import { runCells } from "./network.ts";
import { MEDIAN, outputSize, type Parameters, type Shape } from "./shape.ts";

/** The medians of several windows at once and nothing else: less than half of what all quantiles of all steps take. */
export class PathNetwork {
  readonly #gates: Matrix;
  readonly #cells: Float64Array;
  readonly #medians: Matrix;

  constructor(shape: Shape, steps: number, size: number) {
    this.#gates = matrix(steps * size, 4 * shape.hidden);
    this.#cells = new Float64Array(steps * size * shape.hidden);
    this.#medians = matrix(size, shape.horizon);
  }

  /** Of the first `h` points after each window's last step, one window a row. Overwritten by the next pass. */
  medians(weights: Parameters, batch: Batch, h: number): Matrix {
    runCells(weights, batch, this.#gates, this.#cells);
    const { steps, size } = batch;
    const last = rowsOf(batch.headInputs, (steps - 1) * size, size);
    const medians = { ...this.#medians, cols: h };
    medians.data.fill(0);
    addProduct(medians, last, medianColumns(weights, h));
    return medians;
  }
}

/** Those of the head's columns that say the medians of the first `h` points. */
function medianColumns({ head, shape }: Parameters, h: number): Matrix {
  const step = outputSize(shape) / shape.horizon;
  return { ...head, at: head.at + MEDIAN, cols: h, colStep: step };
}
