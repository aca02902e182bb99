import { BUCKETS } from "./horizon-buckets.ts";
import type { Cells } from "./scale.ts";

/** Share of a new error in the mean, once enough were seen: a memory of about 50 steps. */
const NEWEST = 0.02;
/** Cells that a RollingError takes: a mean and a count per bucket. */
export const ERROR_CELLS: number = 2 * BUCKETS;

/** Adds to the ERROR_CELLS that begin at `from`. */
export function addError(cells: Cells, from: number, bucket: number, error: number): void {
  const count = (cells[from + BUCKETS + bucket] ?? 0) + 1;
  const mean = cells[from + bucket] ?? 0;
  cells[from + BUCKETS + bucket] = count;
  cells[from + bucket] = mean + Math.max(NEWEST, 1 / count) * (Math.abs(error) - mean);
}

/** Of the ERROR_CELLS that begin at `from`, over all buckets alike. */
export function totalError(cells: Cells, from: number): number {
  let total = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) total += cells[from + bucket] ?? 0;
  return total;
}

/** Mean absolute error per horizon bucket: plain at first, then exponentially forgetting. */
export class RollingError {
  readonly #cells: Cells;
  readonly #from: number;

  /** A view of ERROR_CELLS of the cells, from `from` on. */
  constructor(cells: Cells, from: number) {
    this.#cells = cells;
    this.#from = from;
  }

  add(bucket: number, error: number): void {
    addError(this.#cells, this.#from, bucket, error);
  }

  count(bucket: number): number {
    return this.#cells[this.#from + BUCKETS + bucket] ?? 0;
  }

  /** 0 where nothing was seen. */
  mean(bucket: number): number {
    return this.#cells[this.#from + bucket] ?? 0;
  }

  /** Over all buckets alike. */
  get total(): number {
    return totalError(this.#cells, this.#from);
  }
}
