import type { Level } from "../forecaster.ts";
import { BUCKETS } from "./horizon-buckets.ts";
import { ResidualWindow, WINDOW } from "./residual-window.ts";
import type { Scale } from "./scale.ts";

/** How fast the misses that are aimed at follow those that happen. */
const GAMMA = 0.02;
const LEAST_MISSES = 0.005;
const MOST_MISSES = 0.5;

interface Bucket {
  readonly window: ResidualWindow;
  /** Shares of values aimed at below and above the interval. */
  below: number;
  above: number;
}

/**
 * Intervals from the forecaster's own past errors, per horizon bucket and per side, since counts are skewed.
 * The share of misses aimed at is adapted by the misses that came (Gibbs and Candès 2021, "Adaptive conformal
 * inference under distribution shift", eq. 2), so that coverage holds when the series changes its habits.
 */
export class ConformalBand {
  readonly #buckets: readonly Bucket[];
  #level: Level;

  constructor(level: Level, { cells }: Scale) {
    this.#level = level;
    const sorted = cells(BUCKETS * WINDOW);
    const turns = new Uint8Array(BUCKETS * WINDOW);
    this.#buckets = Array.from({ length: BUCKETS }, (_, i) => ({
      window: new ResidualWindow(sorted, turns, i * WINDOW),
      below: this.#misses,
      above: this.#misses,
    }));
  }

  /** Another level than before begins its adaptation anew; the errors seen still serve. */
  setLevel(level: Level): void {
    if (level === this.#level) return;
    this.#level = level;
    for (const bucket of this.#buckets) bucket.below = bucket.above = this.#misses;
  }

  get #misses(): number {
    return (1 - this.#level / 100) / 2;
  }

  /** A value came: `residual` = value - forecast, on the model's scale. */
  add(index: number, residual: number): void {
    const bucket = this.#buckets[index];
    if (!bucket) return;
    if (bucket.window.size > 0) this.#adapt(bucket, residual);
    bucket.window.add(residual);
  }

  #adapt(bucket: Bucket, residual: number): void {
    const { window, below, above } = bucket;
    const aim = this.#misses;
    const isBelow = residual < window.quantile(below) ? 1 : 0;
    const isAbove = residual > window.quantile(1 - above) ? 1 : 0;
    bucket.below = bounded(below + GAMMA * (aim - isBelow));
    bucket.above = bounded(above + GAMMA * (aim - isAbove));
  }

  /** Distance from forecast to lower (≤ 0) and to upper (≥ 0); of the nearest shorter horizon where this one has no errors yet. */
  offsets(index: number): readonly [lower: number, upper: number] {
    for (let i = index; i >= 0; i--) {
      const bucket = this.#buckets[i];
      if (!bucket || bucket.window.size === 0) continue;
      const { window, below, above } = bucket;
      return [Math.min(0, window.quantile(below)), Math.max(0, window.quantile(1 - above))];
    }
    return [0, 0];
  }
}

const bounded = (misses: number): number => Math.min(MOST_MISSES, Math.max(LEAST_MISSES, misses));
