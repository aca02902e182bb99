import { lstmBackward, lstmForward } from "./cell.ts";
import { addProduct, colsOf, type Matrix, matrix, rowsOf, transposed } from "./matrix.ts";
import { pinballGradient } from "./quantile-head.ts";
import { headSize, inputSize, outputSize, type Parameters, type Shape } from "./shape.ts";

/** `size` windows of `steps` steps each, encoded; row t × size + w is step t of window w. */
export interface Batch {
  readonly steps: number;
  readonly size: number;
  /** rows × inputSize. */
  readonly inputs: Matrix;
  /** rows × headSize: the first `hidden` columns are left to the network. */
  readonly headInputs: Matrix;
  /** rows × horizon: the naive forecast, logarithms. The network's outputs are multiples of `units` above it. */
  readonly base: Float64Array;
  /** Of each row: typical error of the naive forecast. */
  readonly units: Float64Array;
  /** rows × horizon, in the outputs' terms; NaN = missing, or not to be learnt from. */
  readonly targets: Float64Array;
  /** Of each row's errors in the loss. */
  readonly rowWeights: Float64Array;
}

export function emptyBatch(shape: Shape, steps: number, size: number): Batch {
  const rows = steps * size;
  return {
    steps,
    size,
    inputs: matrix(rows, inputSize(shape)),
    headInputs: matrix(rows, headSize(shape)),
    base: new Float64Array(rows * shape.horizon),
    units: new Float64Array(rows),
    targets: new Float64Array(rows * shape.horizon),
    rowWeights: new Float64Array(rows),
  };
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
    this.#gates.data.fill(0);
    addProduct(this.#gates, batch.inputs, weights.input);
    const hidden = colsOf(batch.headInputs, 0, weights.shape.hidden);
    lstmForward({ gates: this.#gates, cells: this.#cells, hidden, weights, size: batch.size });
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
