import type { Cells, Scale } from "./scale.ts";

const FIRST_CAPACITY = 32;

/** The latest values in a ring that grows with what is seen: most sessions are young. */
export class History {
  readonly #most: number;
  readonly #cells: Scale["cells"];
  #values: Cells;
  #added = 0;

  /** `cells`: as exact as the values need; half the room where seven digits do. */
  constructor(most: number, cells: Scale["cells"] = (length) => new Float32Array(length)) {
    this.#most = most;
    this.#cells = cells;
    this.#values = cells(Math.min(most, FIRST_CAPACITY));
  }

  get size(): number {
    return Math.min(this.#added, this.#values.length);
  }

  add(value: number): void {
    if (this.#added === this.#values.length && this.#added < this.#most) this.#grow();
    this.#values[this.#added % this.#values.length] = value;
    this.#added++;
  }

  /** The latest `count` of them, or all there are, oldest first. */
  latest(count: number = this.#most): Float64Array {
    const { length } = this.#values;
    const size = Math.min(count, this.size);
    return Float64Array.from(
      { length: size },
      (_, i) => this.#values[(this.#added - size + i) % length] ?? 0,
    );
  }

  /** Only before the ring has wrapped. */
  #grow(): void {
    const larger = this.#cells(Math.min(this.#most, this.#values.length * 2));
    larger.set(this.#values);
    this.#values = larger;
  }
}
