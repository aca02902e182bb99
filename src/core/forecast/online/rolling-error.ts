import { BUCKETS } from "./horizon-buckets.ts";

/** Share of a new error in the mean, once enough were seen: a memory of about 50 steps. */
const NEWEST = 0.02;

/** Mean absolute error per horizon bucket: plain at first, then exponentially forgetting. */
export class RollingError {
  readonly #means = new Float64Array(BUCKETS);
  readonly #counts = new Float64Array(BUCKETS);

  add(bucket: number, error: number): void {
    const count = (this.#counts[bucket] ?? 0) + 1;
    this.#counts[bucket] = count;
    const mean = this.#means[bucket] ?? 0;
    this.#means[bucket] = mean + Math.max(NEWEST, 1 / count) * (Math.abs(error) - mean);
  }

  count(bucket: number): number {
    return this.#counts[bucket] ?? 0;
  }

  /** 0 where nothing was seen. */
  mean(bucket: number): number {
    return this.#means[bucket] ?? 0;
  }

  /** Over all buckets alike. */
  get total(): number {
    let total = 0;
    for (const mean of this.#means) total += mean;
    return total;
  }
}
