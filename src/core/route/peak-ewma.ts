import type { Millis } from "../ports.ts";

/** Time in which a sample's weight falls to 1/e: Finagle's and linkerd's default. */
const TAU_MS = 10_000;

/**
 * Peak-sensitive moving average: takes a higher sample at once and forgets it slowly, so that a host that has
 * become slow is left within one answer and asked again later. (Finagle's PeakEwma; tower's `peak_ewma`.)
 */
export class PeakEwma {
  readonly #tauMs: Millis;
  #value = 0;
  #atMs: Millis = Number.NEGATIVE_INFINITY;

  constructor(tauMs: Millis = TAU_MS) {
    if (!(tauMs > 0)) throw new RangeError(`tauMs must be > 0 ms, got ${tauMs}`);
    this.#tauMs = tauMs;
  }

  get isKnown(): boolean {
    return this.#atMs !== Number.NEGATIVE_INFINITY;
  }

  /** As it was at the latest sample; 0 before the first. */
  get value(): number {
    return this.#value;
  }

  /** What it has decayed to without samples. Does not change it. */
  at(nowMs: Millis): number {
    return this.#value === 0 ? 0 : this.#value * this.#kept(nowMs);
  }

  observe(sample: number, nowMs: Millis): void {
    if (sample >= this.#value) this.#value = sample;
    else {
      const kept = this.#kept(nowMs);
      this.#value = this.#value * kept + sample * (1 - kept);
    }
    if (nowMs > this.#atMs) this.#atMs = nowMs;
  }

  /** Share of the past that is left, 0..1. */
  #kept(nowMs: Millis): number {
    return nowMs > this.#atMs ? Math.exp((this.#atMs - nowMs) / this.#tauMs) : 1;
  }
}
