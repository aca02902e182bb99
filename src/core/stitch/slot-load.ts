import type { Millis } from "../ports.ts";
import type { Rate } from "../units.ts";

/** Time constant of the average: older messages weigh 1/e per 10 s. */
const TAU_MS = 10_000;
const TAU_SEC = TAU_MS / 1000;
/** A younger series is taken to be so old: its first message says little about its rate. */
const MIN_AGE_MS = 5000;

/**
 * Messages and bytes per second, exponentially weighted by time and not by count: messages come unevenly spaced, and
 * a mean of their gaps would forget a silence (Eckner 2012; Finagle's peak EWMA weighs so too). O(1) per message.
 */
export class SlotLoad {
  /** Decayed counts as of `#atMs`. */
  #messages = 0;
  #bytes = 0;
  #atMs: Millis;
  readonly #sinceMs: Millis;

  constructor(nowMs: Millis) {
    this.#sinceMs = nowMs;
    this.#atMs = nowMs;
  }

  /** When the last message came; when it was made if none did. */
  get lastMs(): Millis {
    return this.#atMs;
  }

  take(bytes: number, nowMs: Millis): void {
    const kept = Math.exp((this.#atMs - nowMs) / TAU_MS);
    this.#messages = this.#messages * kept + 1;
    this.#bytes = this.#bytes * kept + bytes;
    this.#atMs = nowMs;
  }

  rate(nowMs: Millis): Rate {
    const ageMs = Math.max(MIN_AGE_MS, nowMs - this.#sinceMs);
    // What the counts of a steady stream of that age would sum up to, per unit of rate.
    const weightSec = TAU_SEC * (1 - Math.exp(-ageMs / TAU_MS));
    const kept = Math.exp((this.#atMs - nowMs) / TAU_MS) / weightSec;
    return { messagesPerSec: this.#messages * kept, bytesPerSec: this.#bytes * kept };
  }
}
