const FIRST_SIZE = 8;

/**
 * Samples on a common step, in a ring that grows up to `most`: most series are young, and there may be ten thousand. A
 * step without a sample is a gap. `width` numbers a sample.
 */
export class RateHistory {
  readonly #most: number;
  readonly #width: number;
  #values: Float32Array;
  /** Step of the first and of the latest sample that the ring may hold. */
  #first = Number.NaN;
  #last = Number.NaN;

  constructor(most: number, width: number) {
    this.#most = most;
    this.#width = width;
    this.#values = new Float32Array(Math.min(FIRST_SIZE, most) * width).fill(Number.NaN);
  }

  /** Latest step with a sample; NaN: none yet. */
  get last(): number {
    return this.#last;
  }

  get #size(): number {
    return this.#values.length / this.#width;
  }

  /** Steps go up; one that repeats replaces its sample. */
  add(step: number, ...sample: readonly number[]): void {
    if (Number.isNaN(this.#last)) {
      this.#first = step;
      this.#last = step - 1;
    }
    this.#makeRoom(step);
    const from = Math.max(this.#last + 1, step - this.#size + 1);
    for (let gap = from; gap < step; gap++) this.#put(gap, [Number.NaN, Number.NaN]);
    this.#put(step, sample);
    this.#last = Math.max(this.#last, step);
    this.#first = Math.max(this.#first, this.#last - this.#size + 1);
  }

  #put(step: number, sample: readonly number[]): void {
    const at = (step % this.#size) * this.#width;
    for (let i = 0; i < this.#width; i++) this.#values[at + i] = sample[i] ?? Number.NaN;
  }

  #makeRoom(step: number): void {
    const wanted = Math.min(this.#most, step - this.#first + 1);
    if (wanted <= this.#size) return;
    const held = this.#width;
    const old = { values: this.#values, size: this.#size };
    this.#values = new Float32Array(Math.min(this.#most, Math.max(wanted, 2 * old.size)) * held);
    this.#values.fill(Number.NaN);
    for (let at = this.#first; at <= this.#last; at++) {
      const from = (at % old.size) * held;
      this.#put(at, Array.from(old.values.subarray(from, from + held)));
    }
  }

  /** Number `index` of the sample of a step; null: none. */
  at(step: number, index: number): number | null {
    if (!(step >= this.#first && step <= this.#last)) return null;
    const value = this.#values[(step % this.#size) * this.#width + index] as number;
    return Number.isNaN(value) ? null : value;
  }
}
