import type { Millis } from "../../ports.ts";

/** Closed steps kept until they are drained; older ones count as missing. */
const CAPACITY = 32;

/** What came in one step. */
export interface Bin {
  /** Index of the step: it ends at `(index + 1) * stepMs`. */
  readonly index: number;
  readonly count: number;
  readonly sum: number;
  /** NaN in a step without values. */
  readonly last: number;
}

/**
 * Values counted in steps aligned to the clock, the same for all series. Adding is O(1) and allocates nothing;
 * a step is closed by the first value after it, or by the clock.
 */
export class StepBins {
  readonly #stepMs: Millis;
  readonly #counts = new Float64Array(CAPACITY);
  readonly #sums = new Float64Array(CAPACITY);
  readonly #lasts = new Float64Array(CAPACITY);
  /** The open step. */
  #open: number;
  /** First step that is not drained. */
  #first: number;

  constructor(stepMs: Millis, nowMs: Millis) {
    this.#stepMs = stepMs;
    this.#open = Math.floor(nowMs / stepMs);
    this.#first = this.#open;
    this.#clear(this.#open);
  }

  add(value: number, nowMs: Millis): void {
    const index = Math.floor(nowMs / this.#stepMs);
    if (index > this.#open) this.#roll(index);
    const cell = this.#open % CAPACITY;
    this.#counts[cell] = (this.#counts[cell] ?? 0) + 1;
    this.#sums[cell] = (this.#sums[cell] ?? 0) + value;
    this.#lasts[cell] = value;
  }

  /** Closes what has passed by `nowMs` and hands over each closed step, oldest first. Returns how many there were. */
  drain(nowMs: Millis, visit: (bin: Bin) => void): number {
    const index = Math.floor(nowMs / this.#stepMs);
    if (index > this.#open) this.#roll(index);
    const from = this.#first;
    for (; this.#first < this.#open; this.#first++) {
      const cell = this.#first % CAPACITY;
      visit({
        index: this.#first,
        count: this.#counts[cell] ?? 0,
        sum: this.#sums[cell] ?? 0,
        last: this.#lasts[cell] ?? Number.NaN,
      });
    }
    return this.#open - from;
  }

  /** Of steps that the ring can't hold only the newest stay: a gap costs no more than the ring's length. */
  #roll(index: number): void {
    const clearFrom = Math.max(this.#open + 1, index - CAPACITY + 1);
    for (let step = clearFrom; step <= index; step++) this.#clear(step);
    this.#open = index;
    this.#first = Math.max(this.#first, index - CAPACITY + 1);
  }

  #clear(step: number): void {
    const cell = step % CAPACITY;
    this.#counts[cell] = 0;
    this.#sums[cell] = 0;
    this.#lasts[cell] = Number.NaN;
  }
}
