import type { Batch } from "./batch.ts";
import { activate } from "./cell.ts";
import { addProduct, colsOf, type Matrix, matrix, rowsOf } from "./matrix.ts";
import { MEDIAN, outputSize, type Parameters, type Shape } from "./shape.ts";

/** Rows of a batch: the steps of one window in order, then a last step from each origin. */
export interface Walk {
  readonly steps: number;
  /** Of each origin: how many of the window's steps come before its last one. */
  readonly before: readonly number[];
}

/** Medians from many origins of one window: its steps are gone once, and each origin adds one of its own. */
export class WalkNetwork {
  readonly #gates: Matrix;
  readonly #cells: Float64Array;
  readonly #earlier: Matrix;
  readonly #medians: Matrix;

  constructor(shape: Shape, steps: number, origins: number) {
    const rows = steps + origins;
    this.#gates = matrix(rows, 4 * shape.hidden);
    this.#cells = new Float64Array(rows * shape.hidden);
    this.#earlier = matrix(origins, shape.hidden);
    this.#medians = matrix(origins, shape.horizon);
  }

  /** Of the first `h` points after each origin, one origin a row. Overwritten by the next pass. */
  medians(weights: Parameters, batch: Batch, walk: Walk, h: number): Matrix {
    const rows = walk.steps + walk.before.length;
    const gates = rowsOf(this.#gates, 0, rows);
    gates.data.fill(0, 0, rows * gates.cols);
    addProduct(gates, rowsOf(batch.inputs, 0, rows), weights.input);
    const hidden = colsOf(batch.headInputs, 0, weights.shape.hidden);
    this.#goSteps(weights, gates, hidden, walk.steps);
    this.#goLast(weights, gates, hidden, walk);
    const last = rowsOf(batch.headInputs, walk.steps, walk.before.length);
    const medians = { ...this.#medians, rows: walk.before.length, cols: h };
    medians.data.fill(0);
    addProduct(medians, last, medianColumns(weights, h));
    return medians;
  }

  #goSteps({ recurrent }: Parameters, gates: Matrix, hidden: Matrix, steps: number): void {
    for (let row = 0; row < steps; row++) {
      if (row > 0) addProduct(rowsOf(gates, row, 1), rowsOf(hidden, row - 1, 1), recurrent);
      activate(gates, this.#cells, hidden, row, row - 1);
    }
  }

  #goLast({ recurrent }: Parameters, gates: Matrix, hidden: Matrix, { steps, before }: Walk): void {
    const earlier = rowsOf(this.#earlier, 0, before.length);
    for (const [k, count] of before.entries()) {
      const from = hidden.at + (count - 1) * hidden.rowStep;
      for (let i = 0; i < hidden.cols; i++)
        earlier.data[k * hidden.cols + i] = count > 0 ? (hidden.data[from + i] as number) : 0;
    }
    addProduct(rowsOf(gates, steps, before.length), earlier, recurrent);
    for (const [k, count] of before.entries()) activate(gates, this.#cells, hidden, steps + k, count - 1);
  }
}

/** Those of the head's columns that say the medians of the first `h` points. */
function medianColumns({ head, shape }: Parameters, h: number): Matrix {
  const step = outputSize(shape) / shape.horizon;
  return { ...head, at: head.at + MEDIAN, cols: h, colStep: step };
}
