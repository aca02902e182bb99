import { addProduct, type Matrix, rowsOf, transposed } from "./matrix.ts";
import type { Parameters } from "./shape.ts";

export interface ForwardRoom {
  /** rows × 4 hidden: the inputs' contributions on entry, the gates' activations on return. */
  readonly gates: Matrix;
  /** rows × hidden: cell states. */
  readonly cells: Float64Array;
  /** rows × hidden: the cells' outputs. */
  readonly hidden: Matrix;
  readonly weights: Parameters;
  /** Windows side by side: row t × size + w is step t of window w. */
  readonly size: number;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** LSTM with a forget gate (Hochreiter & Schmidhuber 1997; Gers et al. 2000), all windows' steps in order. */
export function lstmForward({ gates, cells, hidden, weights, size }: ForwardRoom): void {
  for (let from = 0; from < gates.rows; from += size) {
    if (from > 0) addProduct(rowsOf(gates, from, size), rowsOf(hidden, from - size, size), weights.recurrent);
    for (let row = from; row < from + size; row++) activate(gates, cells, hidden, row, row - size);
  }
}

/** One step of one window, after the step in row `earlier`; negative: there is none. */
export function activate(
  gates: Matrix,
  cells: Float64Array,
  hidden: Matrix,
  row: number,
  earlier: number,
): void {
  const n = hidden.cols;
  const z = gates.data;
  for (let i = 0; i < n; i++) {
    const at = row * 4 * n + i;
    const input = sigmoid(z[at] as number);
    const forget = sigmoid(z[at + n] as number);
    const candidate = Math.tanh(z[at + 2 * n] as number);
    const output = sigmoid(z[at + 3 * n] as number);
    z[at] = input;
    z[at + n] = forget;
    z[at + 2 * n] = candidate;
    z[at + 3 * n] = output;
    const before = earlier < 0 ? 0 : (cells[earlier * n + i] as number);
    const cell = forget * before + input * candidate;
    cells[row * n + i] = cell;
    hidden.data[hidden.at + row * hidden.rowStep + i] = output * Math.tanh(cell);
  }
}

export interface BackwardRoom {
  /** The gates' activations on entry; the loss's gradient by what went into them on return. */
  readonly gates: Matrix;
  readonly cells: Float64Array;
  /** rows × hidden: the loss's gradient by each output, from the head; what later steps add is added in place. */
  readonly hiddenGradient: Matrix;
  readonly weights: Parameters;
  readonly size: number;
}

/** Backpropagation through time (Werbos 1990) over whole windows. */
export function lstmBackward({ gates, cells, hiddenGradient, weights, size }: BackwardRoom): void {
  const n = hiddenGradient.cols;
  const back = transposed(weights.recurrent);
  const cellGradient = new Float64Array(size * n);
  for (let from = gates.rows - size; from >= 0; from -= size) {
    for (let w = 0; w < size; w++)
      for (let i = 0; i < n; i++) {
        const at = w * n + i;
        const before = from === 0 ? 0 : (cells[(from - size) * n + at] as number);
        const here = (from + w) * n + i;
        cellGradient[at] = backActivate(
          gates.data,
          (from + w) * 4 * n + i,
          n,
          hiddenGradient.data[here] as number,
          cellGradient[at] as number,
          cells[here] as number,
          before,
        );
      }
    if (from > 0) addProduct(rowsOf(hiddenGradient, from - size, size), rowsOf(gates, from, size), back);
  }
}

/** One cell of one step; returns the gradient by the cell state before it. */
function backActivate(
  z: Float64Array,
  at: number,
  n: number,
  byHidden: number,
  byLaterCell: number,
  cell: number,
  before: number,
): number {
  const input = z[at] as number;
  const forget = z[at + n] as number;
  const candidate = z[at + 2 * n] as number;
  const output = z[at + 3 * n] as number;
  const squashed = Math.tanh(cell);
  const byCell = byLaterCell + byHidden * output * (1 - squashed * squashed);
  z[at] = byCell * candidate * input * (1 - input);
  z[at + n] = byCell * before * forget * (1 - forget);
  z[at + 2 * n] = byCell * input * (1 - candidate * candidate);
  z[at + 3 * n] = byHidden * squashed * output * (1 - output);
  return byCell * forget;
}
