import { AWAITED_CELLS, Awaited, BUCKETS } from "./horizon-buckets.ts";
import { ERROR_CELLS, RollingError } from "./rolling-error.ts";
import type { Scale } from "./scale.ts";

/** Smoothing parameters tried; 1 is the naive forecast. */
const ALPHAS: readonly number[] = [0.02, 0.07, 0.2, 0.5, 1];

interface Candidate {
  readonly alpha: number;
  level: number;
  readonly awaited: Awaited;
  readonly errors: RollingError;
}

/**
 * Simple exponential smoothing (Brown 1956) for several parameters side by side; the one that erred least so far,
 * over all horizons, forecasts. Errors are of the values, not of their scale: that is what users see.
 */
export class SimpleSmoothing {
  readonly #scale: Scale;
  readonly #candidates: readonly Candidate[];
  #best: Candidate;
  #seen = 0;

  constructor(scale: Scale) {
    this.#scale = scale;
    const each = AWAITED_CELLS + ERROR_CELLS;
    const cells = scale.cells(ALPHAS.length * each);
    this.#candidates = ALPHAS.map((alpha, i) => ({
      alpha,
      level: Number.NaN,
      awaited: new Awaited(cells, i * each),
      errors: new RollingError(cells, i * each + AWAITED_CELLS),
    }));
    this.#best = this.#candidates[0] as Candidate;
  }

  /** Parameter in use. */
  get alpha(): number {
    return this.#best.alpha;
  }

  /** The forecast of every horizon, on the model's scale; NaN before the first value. */
  get level(): number {
    return this.#best.level;
  }

  /** What "it stays as it is" says, on the model's scale. */
  get naive(): number {
    return (this.#candidates[ALPHAS.length - 1] as Candidate).level;
  }

  /** `value` NaN: missing, the levels stay. */
  observe(step: number, value: number): void {
    const isMissing = Number.isNaN(value);
    if (!isMissing) this.#seen++;
    const scaled = this.#scale.to(value);
    for (const candidate of this.#candidates) {
      if (!isMissing) {
        this.#score(candidate, step, value);
        this.#update(candidate, scaled);
      }
      const forecast = this.#scale.from(candidate.level);
      for (let bucket = 0; bucket < BUCKETS; bucket++) candidate.awaited.put(bucket, step, forecast);
    }
    this.#choose();
  }

  #score({ awaited, errors }: Candidate, step: number, value: number): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const forecast = awaited.due(bucket, step);
      if (!Number.isNaN(forecast)) errors.add(bucket, value - forecast);
    }
  }

  /** The first values count alike, whatever the parameter: else the very first would weigh for hours. */
  #update(candidate: Candidate, scaled: number): void {
    const weight = Math.max(candidate.alpha, 1 / this.#seen);
    candidate.level = this.#seen === 1 ? scaled : candidate.level + weight * (scaled - candidate.level);
  }

  #choose(): void {
    let best = this.#best;
    for (const candidate of this.#candidates)
      if (candidate.errors.total < best.errors.total) best = candidate;
    this.#best = best;
  }
}
