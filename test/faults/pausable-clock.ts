import { systemClock } from "../../src/adapters/clock.ts";
import type { Clock, Millis } from "../../src/core/ports.ts";

/** The fleet's time: stands still between cases, so that all that was sent can arrive. */
export class PausableClock implements Clock {
  #runMs: Millis = 0;
  #sinceMs: Millis | undefined;

  now(): Millis {
    return this.#runMs + (this.#sinceMs === undefined ? 0 : systemClock.now() - this.#sinceMs);
  }

  run(): void {
    this.#sinceMs ??= systemClock.now();
  }

  pause(): void {
    this.#runMs = this.now();
    this.#sinceMs = undefined;
  }
}
