import type { Batch } from "./batch.ts";
import { lstmBackward, lstmForward } from "./cell.ts";
import { addProduct, colsOf, type Matrix, matrix, rowsOf, transposed } from "./matrix.ts";
import { pinballGradient } from "./quantile-head.ts";
import { outputSize, type Parameters, type Shape } from "./shape.ts";

/** Writes the cells' outputs of all steps into the head's inputs. */
export function runCells(weights: Parameters, batch: Batch, gates: Matrix, cells: Float64Array): void {
  gates.data.fill(0);
  addProduct(gates, batch.inputs, weights.input);
  const hidden = colsOf(batch.headInputs, 0, weights.shape.hidden);
  lstmForward({ gates, cells, hidden, weights, size: batch.size });
}

/** An LSTM under a linear head, for batches of one size; owns the room that a pass needs, so passes allocate nothing. */
export class Network {
  readonly #gates: Matrix;
  readonly #cells: Float64Array;
  readonly #outputs: Matrix;
  readonly #hiddenGradient: Matrix;

  constructor(shape: Shape, steps: number, size: number) {
    const rows = steps * size;
    this.#gates = matrix(rows, 4 * shape.hidden);
    this.#cells = new Float64Array(rows * shape.hidden);
    this.#outputs = matrix(rows, outputSize(shape));
    this.#hiddenGradient = matrix(rows, shape.hidden);
  }

  /** The head's raw outputs of the last pass: row by row, point by point (see quantilesAt). */
  get outputs(): Float64Array {
    return this.#outputs.data;
  }

  /** The head's raw outputs (see quantilesAt) for `count` rows from `from`; all rows unless told. Overwritten by the next pass. */
  forward(weights: Parameters, batch: Batch, from = 0, count: number = batch.inputs.rows): Matrix {
    runCells(weights, batch, this.#gates, this.#cells);
    const outputs = rowsOf(this.#outputs, from, count);
    outputs.data.fill(0, outputs.at, outputs.at + count * outputs.rowStep);
    addProduct(outputs, rowsOf(batch.headInputs, from, count), weights.head);
    return outputs;
  }

  /** Mean weighted pinball loss. */
  loss(weights: Parameters, batch: Batch): number {
    return pinballGradient(this.forward(weights, batch), batch);
  }

  /** The loss; adds its gradient to `gradient`. */
  learn(weights: Parameters, batch: Batch, gradient: Parameters): number {
    const outputs = this.forward(weights, batch);
    const loss = pinballGradient(outputs, batch);
    const { hidden } = weights.shape;
    const gates = this.#gates;
    addProduct(gradient.head, transposed(batch.headInputs), outputs);
    this.#hiddenGradient.data.fill(0);
    addProduct(this.#hiddenGradient, outputs, transposed(rowsOf(weights.head, 0, hidden)));
    lstmBackward({
      gates,
      cells: this.#cells,
      hiddenGradient: this.#hiddenGradient,
      weights,
      size: batch.size,
    });
    addProduct(gradient.input, transposed(batch.inputs), gates);
    const later = gates.rows - batch.size;
    const before = rowsOf(colsOf(batch.headInputs, 0, hidden), 0, later);
    addProduct(gradient.recurrent, transposed(before), rowsOf(gates, batch.size, later));
    return loss;
  }
}
