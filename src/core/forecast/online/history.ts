import type { Scale, Values } from "./scale.ts";

const FIRST_CAPACITY = 32;

/** The latest values in a ring that grows with what is seen: most sessions are young. */
export class History {
  readonly #most: number;
  readonly #room: Scale["values"];
  #values: Values;
  #added = 0;

  /** `room`: as exact as the values need. */
  constructor(most: number, room: Scale["values"]) {
    this.#most = most;
    this.#room = room;
    this.#values = room(Math.min(most, FIRST_CAPACITY));
  }

  get size(): number {
    return Math.min(this.#added, this.#values.length);
  }

  /** NaN: missing. */
  add(value: number): void {
    if (this.#added === this.#values.length && this.#added < this.#most) this.#grow();
    this.#values.set(this.#added % this.#values.length, value);
    this.#added++;
  }

  /** The latest `count` of them, or all there are, oldest first. */
  latest(count: number = this.#most): Float64Array {
    const size = Math.min(count, this.size);
    const latest = new Float64Array(size);
    for (let i = 0; i < size; i++)
      latest[i] = this.#values.get((this.#added - size + i) % this.#values.length);
    return latest;
  }

  /** Only before the ring has wrapped. */
  #grow(): void {
    const larger = this.#room(Math.min(this.#most, this.#values.length * 2));
    for (let i = 0; i < this.#values.length; i++) larger.set(i, this.#values.get(i));
    this.#values = larger;
  }
}
