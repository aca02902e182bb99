/** Spread below which a series counts as constant, relative to its level, and absolute. */
export const RELATIVE_FLOOR = 1e-3;
export const ABSOLUTE_FLOOR = 1e-6;

/** Values that wait at most. */
const MOST_NEWEST = 32;

/**
 * Level and spread of a window up to a point. Reversible instance normalisation (Kim et al. 2022), but causal: of
 * each step it tells what was known then, so that every step of a window is a forecast to learn from.
 */
export class RunningScale {
  readonly #sorted: Float64Array;
  /** Sorted too: put among the others only where the median is asked for, many at once. */
  readonly #newest: Float64Array = new Float64Array(MOST_NEWEST);
  #newestCount = 0;
  #count = 0;
  #mean = 0;
  #squares = 0;
  #moved = 0;
  #last = Number.NaN;

  /** @param capacity values observed between two resets, at most */
  constructor(capacity: number) {
    this.#sorted = new Float64Array(capacity);
  }

  reset(): void {
    this.#newestCount = 0;
    this.#count = 0;
    this.#mean = 0;
    this.#squares = 0;
    this.#moved = 0;
    this.#last = Number.NaN;
  }

  /** NaN = missing, not counted. */
  observe(value: number): void {
    if (Number.isNaN(value)) return;
    this.#insert(value);
    if (this.#count > 0) this.#moved += Math.abs(value - this.#last);
    this.#count++;
    // Welford 1962.
    const delta = value - this.#mean;
    this.#mean += delta / this.#count;
    this.#squares += delta * (value - this.#mean);
    this.#last = value;
  }

  #insert(value: number): void {
    if (this.#newestCount === MOST_NEWEST) this.#merge();
    const newest = this.#newest;
    let at = this.#newestCount++;
    for (; at > 0 && (newest[at - 1] as number) > value; at--) newest[at] = newest[at - 1] as number;
    newest[at] = value;
  }

  /** From the largest down, so that each value is moved once. */
  #merge(): void {
    const sorted = this.#sorted;
    const newest = this.#newest;
    let left = this.#newestCount;
    let from = this.#count - left;
    for (let to = this.#count - 1; left > 0; to--) {
      const isOld = from > 0 && (sorted[from - 1] as number) > (newest[left - 1] as number);
      sorted[to] = (isOld ? sorted[--from] : newest[--left]) as number;
    }
    this.#newestCount = 0;
  }

  /** Values observed. */
  get count(): number {
    return this.#count;
  }

  /** Median: a value the series takes, which dips and spikes don't move. 0 before there is a value. */
  get level(): number {
    this.#merge();
    return this.#count > 0 ? (this.#sorted[this.#count >> 1] as number) : 0;
  }

  /** Standard deviation, kept off 0. */
  get spread(): number {
    const deviation = this.#count > 1 ? Math.sqrt(this.#squares / this.#count) : 0;
    return Math.max(deviation, RELATIVE_FLOOR * Math.abs(this.level), ABSOLUTE_FLOOR);
  }

  /** Mean move from a value to the next over the spread: about 1.1 for white noise, near 0 for a slow walk. */
  get roughness(): number {
    return this.#count > 1 ? this.#moved / (this.#count - 1) / this.spread : 0;
  }

  /** Last value observed; 0 before there was one. */
  get last(): number {
    return Number.isNaN(this.#last) ? 0 : this.#last;
  }
}
