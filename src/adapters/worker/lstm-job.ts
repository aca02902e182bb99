import type { TrainingOptions, TrainingProgress } from "../../core/forecast/lstm/index.ts";

/** What the training thread is told: everything it needs, so that it keeps nothing between jobs. */
export interface LstmJob {
  /** The fleet's histories; NaN = missing. */
  readonly fleet: readonly { readonly values: Float64Array; readonly stepMs: number }[];
  /** Time the thread may take, ms. */
  readonly budgetMs: number;
  /** The same seed and the same number of batches give the same weights. */
  readonly seed: number;
  /** Saved weights to go on from (saveWeights); without them training starts anew. */
  readonly from?: Uint8Array;
  readonly options?: Omit<TrainingOptions, "from">;
}

export interface LstmResult {
  /** For readWeights, and for the store as they are. */
  readonly weights: Uint8Array;
  readonly progress: TrainingProgress;
  readonly trainedMs: number;
}
