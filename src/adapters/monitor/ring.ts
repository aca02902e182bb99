/** The latest `most` values, oldest first; a bounded log. */
export class Ring<T> {
  readonly #most: number;
  readonly #values: T[] = [];
  #next = 0;

  /** `most` ≥ 1. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#values.length;
  }

  add(value: T): void {
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % this.#most;
  }

  /** `back` = 0: the latest. */
  at(back: number): T | undefined {
    if (back >= this.size) return undefined;
    return this.#values[(this.#next - 1 - back + 2 * this.#most) % this.#most];
  }

  *newestFirst(): IterableIterator<T> {
    for (let back = 0; back < this.size; back++) yield this.at(back) as T;
  }
}
