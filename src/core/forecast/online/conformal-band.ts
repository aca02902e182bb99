import type { Level } from "../forecaster.ts";
import { BUCKETS } from "./horizon-buckets.ts";
import { ResidualWindow, WINDOW } from "./residual-window.ts";
import type { Cells, Scale } from "./scale.ts";

/** How fast the misses that are aimed at follow those that happen. */
const GAMMA = 0.02;
const LEAST_MISSES = 0.005;
const MOST_MISSES = 0.5;

/** Cells that a ConformalBand takes: the errors, then the shares of values aimed at below and above each bucket. */
export const BAND_CELLS: number = BUCKETS * (WINDOW + 2);
const BELOW: number = BUCKETS * WINDOW;
const ABOVE: number = BELOW + BUCKETS;

/**
 * Intervals from the forecaster's own past errors, per horizon bucket and per side, since counts are skewed.
 * The share of misses aimed at is adapted by the misses that came (Gibbs and Candès 2021, "Adaptive conformal
 * inference under distribution shift", eq. 2), so that coverage holds when the series changes its habits.
 */
export class ConformalBand {
  readonly #windows: readonly ResidualWindow[];
  readonly #cells: Cells;
  readonly #from: number;
  #level: Level;

  /** Takes BAND_CELLS of the cells, from `from` on. */
  constructor(level: Level, scale: Scale, cells: Cells = scale.cells(BAND_CELLS), from = 0) {
    this.#level = level;
    this.#cells = cells;
    this.#from = from;
    const turns = new Uint8Array(BUCKETS * WINDOW);
    this.#windows = Array.from(
      { length: BUCKETS },
      (_, i) => new ResidualWindow(cells, turns, from + i * WINDOW, i * WINDOW),
    );
    this.#aim();
  }

  /** Another level than before begins its adaptation anew; the errors seen still serve. */
  setLevel(level: Level): void {
    if (level === this.#level) return;
    this.#level = level;
    this.#aim();
  }

  #aim(): void {
    this.#cells.fill(this.#misses, this.#from + BELOW, this.#from + ABOVE + BUCKETS);
  }

  get #misses(): number {
    return (1 - this.#level / 100) / 2;
  }

  /** A value came: `residual` = value - forecast, on the model's scale. */
  add(index: number, residual: number): void {
    const window = this.#windows[index];
    if (!window) return;
    if (window.size > 0) this.#adapt(window, index, residual);
    window.add(residual);
  }

  #adapt(window: ResidualWindow, index: number, residual: number): void {
    const [below, above] = this.#aimed(index);
    const aim = this.#misses;
    const isBelow = residual < window.quantile(below) ? 1 : 0;
    const isAbove = residual > window.quantile(1 - above) ? 1 : 0;
    this.#cells[this.#from + BELOW + index] = bounded(below + GAMMA * (aim - isBelow));
    this.#cells[this.#from + ABOVE + index] = bounded(above + GAMMA * (aim - isAbove));
  }

  #aimed(index: number): readonly [below: number, above: number] {
    const { [this.#from + BELOW + index]: below = 0, [this.#from + ABOVE + index]: above = 0 } = this.#cells;
    return [below, above];
  }

  /** Distance from forecast to lower (≤ 0) and to upper (≥ 0); of the nearest shorter horizon where this one has no errors yet. */
  offsets(index: number): readonly [lower: number, upper: number] {
    for (let i = index; i >= 0; i--) {
      const window = this.#windows[i];
      if (!window || window.size === 0) continue;
      const [below, above] = this.#aimed(i);
      return [Math.min(0, window.quantile(below)), Math.max(0, window.quantile(1 - above))];
    }
    return [0, 0];
  }
}

const bounded = (misses: number): number => Math.min(MOST_MISSES, Math.max(LEAST_MISSES, misses));
