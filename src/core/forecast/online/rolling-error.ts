import { BUCKETS } from "./horizon-buckets.ts";
import type { Cells } from "./scale.ts";

/** Share of a new error in the mean, once enough were seen: a memory of about 50 steps. */
const NEWEST = 0.02;
/** Cells that a RollingError takes: a mean and a count per bucket. */
export const ERROR_CELLS: number = 2 * BUCKETS;

/** Mean absolute error per horizon bucket: plain at first, then exponentially forgetting. */
export class RollingError {
  readonly #cells: Cells;
  readonly #from: number;

  /** Takes ERROR_CELLS of the cells, from `from` on. */
  constructor(cells: Cells, from: number) {
    this.#cells = cells;
    this.#from = from;
  }

  add(bucket: number, error: number): void {
    const count = this.count(bucket) + 1;
    const mean = this.mean(bucket);
    this.#cells[this.#from + BUCKETS + bucket] = count;
    this.#cells[this.#from + bucket] = mean + Math.max(NEWEST, 1 / count) * (Math.abs(error) - mean);
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
    let total = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) total += this.mean(bucket);
    return total;
  }
}
