import type { Level } from "../forecaster.ts";
import { BUCKETS } from "./horizon-buckets.ts";
import { ResidualWindow, WINDOW } from "./residual-window.ts";
import type { Cells, Residuals, Scale } from "./scale.ts";

/** How fast the misses that are aimed at follow those that happen. */
const GAMMA = 0.02;
const LEAST_MISSES = 0.005;
const MOST_MISSES = 0.5;

/** Cells that a ConformalBand takes: the shares of values aimed at below and above each bucket, then what came in each. */
export const BAND_CELLS: number = 3 * BUCKETS;
/** Residuals that it keeps, and their turns. */
export const BAND_RESIDUALS: number = BUCKETS * WINDOW;
const ABOVE: number = BUCKETS;
const COUNTS: number = 2 * BUCKETS;
const MOST = 32_767;

/** Where a band keeps what it knows: parts of arrays that begin at these places. */
export interface BandRoom {
  readonly cells: Cells;
  readonly cellsFrom: number;
  readonly residuals: Residuals;
  readonly turns: Uint8Array;
}

const ownRoom = (scale: Scale): BandRoom => ({
  cells: scale.cells(BAND_CELLS),
  cellsFrom: 0,
  residuals: scale.residuals(BAND_RESIDUALS),
  turns: new Uint8Array(BAND_RESIDUALS),
});

/**
 * Intervals from the forecaster's own past errors, per horizon bucket and per side, since counts are skewed.
 * The share of misses aimed at is adapted by the misses that came (Gibbs and Candès 2021, "Adaptive conformal
 * inference under distribution shift", eq. 2), so that coverage holds when the series changes its habits.
 */
export class ConformalBand {
  readonly #room: BandRoom;
  readonly #grain: number;
  #level: Level;

  constructor(level: Level, scale: Scale, room: BandRoom = ownRoom(scale)) {
    this.#level = level;
    this.#room = room;
    this.#grain = scale.grain;
    this.#aim();
  }

  /** Another level than before begins its adaptation anew; the errors seen still serve. */
  setLevel(level: Level): void {
    if (level === this.#level) return;
    this.#level = level;
    this.#aim();
  }

  #aim(): void {
    const { cells, cellsFrom } = this.#room;
    cells.fill(this.#misses, cellsFrom, cellsFrom + COUNTS);
  }

  /** A view: a session has ten, and each would be an object of its own. */
  #window(index: number): ResidualWindow {
    const { cells, cellsFrom, residuals, turns } = this.#room;
    const count = cellsFrom + COUNTS + index;
    return new ResidualWindow({
      sorted: residuals,
      turns,
      from: index * WINDOW,
      turnsFrom: index * WINDOW,
      most: WINDOW,
      counts: cells,
      count,
    });
  }

  get #misses(): number {
    return (1 - this.#level / 100) / 2;
  }

  /** A value came: `residual` = value - forecast, on the model's scale. */
  add(index: number, residual: number): void {
    const window = this.#window(index);
    const kept = this.#grain === 0 ? residual : grains(residual / this.#grain);
    if (window.size > 0) this.#adapt(window, index, kept);
    window.add(kept);
  }

  #adapt(window: ResidualWindow, index: number, residual: number): void {
    const { cells, cellsFrom } = this.#room;
    const [below, above] = this.#aimed(index);
    const aim = this.#misses;
    const isBelow = residual < window.quantile(below) ? 1 : 0;
    const isAbove = residual > window.quantile(1 - above) ? 1 : 0;
    cells[cellsFrom + index] = bounded(below + GAMMA * (aim - isBelow));
    cells[cellsFrom + ABOVE + index] = bounded(above + GAMMA * (aim - isAbove));
  }

  #aimed(index: number): readonly [below: number, above: number] {
    const { cells, cellsFrom } = this.#room;
    const { [cellsFrom + index]: below = 0, [cellsFrom + ABOVE + index]: above = 0 } = cells;
    return [below, above];
  }

  /** Distance from forecast to lower (≤ 0) and to upper (≥ 0); of the nearest shorter horizon where this one has no errors yet. */
  offsets(index: number): readonly [lower: number, upper: number] {
    for (let i = index; i >= 0; i--) {
      const window = this.#window(i);
      if (window.size === 0) continue;
      const [below, above] = this.#aimed(i);
      const unit = this.#grain || 1;
      return [Math.min(0, unit * window.quantile(below)), Math.max(0, unit * window.quantile(1 - above))];
    }
    return [0, 0];
  }
}

const grains = (residual: number): number => Math.max(-MOST, Math.min(MOST, Math.round(residual)));
const bounded = (misses: number): number => Math.min(MOST_MISSES, Math.max(LEAST_MISSES, misses));
