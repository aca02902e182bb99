import { type Matrix, matrix } from "./matrix.ts";
import { headSize, inputSize, type Shape } from "./shape.ts";

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
