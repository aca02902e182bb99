import type { Forecast, Level } from "../forecaster.ts";

/** Share of the newest step in the means. */
const NEWEST = 0.05;
/** Steps with messages before which nothing is said of how sizes differ. */
const FEWEST = 8;
/** Relative difference of the steps' sizes from their mean, on average, from which bytes are a series of their own. */
const UNSTEADY = 0.05;
/** Two-sided normal quantiles, and a normal deviation ÷ its mean absolute one. */
const Z: Readonly<Record<Level, number>> = { 80: 1.2816, 90: 1.6449, 95: 1.96 };
const DEVIATION: number = Math.sqrt(Math.PI / 2);

/**
 * How large a session's messages are, step by step. Most devices' hardly differ: then their bytes are forecast by their
 * messages, and no second set of models is kept.
 */
export class SteadySize {
  #mean = 0;
  #deviation = 0;
  #steps = 0;

  /** Bytes of a message; 0 before the first. */
  get mean(): number {
    return this.#mean;
  }

  get isSteady(): boolean {
    return this.#steps < FEWEST || this.#deviation <= UNSTEADY;
  }

  /** A step's count and sum; one that was not seen says nothing. */
  add(messages: number, bytes: number): void {
    if (!(messages > 0)) return;
    const size = bytes / messages;
    this.#steps++;
    const share = Math.max(NEWEST, 1 / this.#steps);
    const off = this.#mean > 0 ? Math.abs(size / this.#mean - 1) : 0;
    this.#mean += share * (size - this.#mean);
    this.#deviation += share * (off - this.#deviation);
  }

  /** A forecast of messages, of their bytes. */
  scaled(messages: Forecast): Forecast {
    const { median, lower, upper, level } = messages;
    const reach = Math.min(1, Z[level] * DEVIATION * this.#deviation);
    return {
      ...messages,
      median: median.map((count) => count * this.#mean),
      lower: lower.map((count) => count * this.#mean * (1 - reach)),
      upper: upper.map((count) => count * this.#mean * (1 + reach)),
    };
  }
}
