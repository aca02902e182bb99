import type { Millis } from "../../ports.ts";

/** Closed steps kept until they are drained; older ones count as missing. */
const CAPACITY = 32;
/** Room at first: a timer drains each step, so two are open at most but on a busy loop. */
const FIRST_CAPACITY = 2;

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
  /** Count, sum and last value of each step. */
  #cells = new Float64Array(3 * FIRST_CAPACITY);
  #capacity = FIRST_CAPACITY;
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

  /** Index of the step after the latest that was drained. */
  get end(): number {
    return this.#first;
  }

  add(value: number, nowMs: Millis): void {
    const index = Math.floor(nowMs / this.#stepMs);
    if (index > this.#open) this.#roll(index);
    const cell = 3 * (this.#open % this.#capacity);
    this.#cells[cell] = (this.#cells[cell] ?? 0) + 1;
    this.#cells[cell + 1] = (this.#cells[cell + 1] ?? 0) + value;
    this.#cells[cell + 2] = value;
  }

  /** Closes what has passed by `nowMs` and hands over each closed step, oldest first. Returns how many there were. */
  drain(nowMs: Millis, visit: (bin: Bin) => void): number {
    const index = Math.floor(nowMs / this.#stepMs);
    if (index > this.#open) this.#roll(index);
    const from = this.#first;
    for (; this.#first < this.#open; this.#first++) {
      const cell = 3 * (this.#first % this.#capacity);
      const [count = 0, sum = 0, last = Number.NaN] = this.#cells.subarray(cell, cell + 3);
      visit({ index: this.#first, count, sum, last });
    }
    return this.#open - from;
  }

  /** Of steps that the ring can't hold only the newest stay: a gap costs no more than the ring's length. */
  #roll(index: number): void {
    while (index - this.#first >= this.#capacity && this.#capacity < CAPACITY) this.#grow();
    const clearFrom = Math.max(this.#open + 1, index - CAPACITY + 1);
    for (let step = clearFrom; step <= index; step++) this.#clear(step);
    this.#open = index;
    this.#first = Math.max(this.#first, index - CAPACITY + 1);
  }

  #grow(): void {
    const small = this.#cells;
    const [before, now] = [this.#capacity, 2 * this.#capacity];
    this.#cells = new Float64Array(3 * now);
    this.#capacity = now;
    for (let step = this.#first; step <= this.#open; step++) {
      const from = 3 * (step % before);
      this.#cells.set(small.subarray(from, from + 3), 3 * (step % now));
    }
  }

  #clear(step: number): void {
    const cell = 3 * (step % this.#capacity);
    this.#cells[cell] = 0;
    this.#cells[cell + 1] = 0;
    this.#cells[cell + 2] = Number.NaN;
  }
}
