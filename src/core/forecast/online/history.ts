const FIRST_CAPACITY = 32;

/** The latest values on the model's scale, in a ring that grows with what is seen: most sessions are young. */
export class History {
  readonly #most: number;
  #values = new Float32Array(FIRST_CAPACITY);
  #added = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return Math.min(this.#added, this.#values.length);
  }

  add(value: number): void {
    if (this.#added === this.#values.length && this.#added < this.#most) this.#grow();
    this.#values[this.#added % this.#values.length] = value;
    this.#added++;
  }

  /** Oldest first. */
  toArray(): number[] {
    const { length } = this.#values;
    const size = this.size;
    return Array.from({ length: size }, (_, i) => this.#values[(this.#added - size + i) % length] ?? 0);
  }

  /** Only before the ring has wrapped. */
  #grow(): void {
    const larger = new Float32Array(Math.min(this.#most, this.#values.length * 2));
    larger.set(this.#values);
    this.#values = larger;
  }
}
