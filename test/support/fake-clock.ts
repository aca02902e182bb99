import type { Clock, Millis } from "../../src/core/ports.ts";

/** A clock that moves only when told to. */
export class FakeClock implements Clock {
  #now: Millis;
  constructor(startMs: Millis = 0) {
    this.#now = startMs;
  }
  now(): Millis {
    return this.#now;
  }
  advance(ms: Millis): void {
    this.#now += ms;
  }
}
