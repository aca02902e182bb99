import { BUCKETS, FLAT_CELLS, flatDue, putFlat } from "./horizon-buckets.ts";
import { ResidualWindow } from "./residual-window.ts";
import { addError, ERROR_CELLS, totalError } from "./rolling-error.ts";
import type { Cells, Scale } from "./scale.ts";

/** Smoothing parameters tried; 1 is the naive forecast. */
const ALPHAS: readonly number[] = [0.02, 0.07, 0.2, 0.5, 1];
const NAIVE: number = ALPHAS.length - 1;
/** Windows whose median is tried as well, steps: of sparse counts a mean errs twice as much as "none". */
const MEDIANS: readonly number[] = [12, 48];
const CANDIDATES: number = ALPHAS.length + MEDIANS.length;
/** Of each parameter: what it said, and how it erred. */
const EACH: number = FLAT_CELLS + ERROR_CELLS;
/** Values that the windows hold, and their turns. */
export const SMOOTHING_TURNS: number = MEDIANS.reduce((sum, steps) => sum + steps, 0);
/** What came in each window, then what it holds. */
const COUNTS: number = CANDIDATES * EACH;
const SORTED: number = COUNTS + MEDIANS.length;
/** Cells that a SimpleSmoothing takes. */
export const SMOOTHING_CELLS: number = SORTED + SMOOTHING_TURNS;

/** Where a SimpleSmoothing keeps what it knows: parts of arrays that begin at these places. */
export interface SmoothingRoom {
  readonly cells: Cells;
  readonly from: number;
  readonly turns: Uint8Array;
  readonly turnsFrom: number;
}

const ownRoom = (scale: Scale): SmoothingRoom => ({
  cells: scale.cells(SMOOTHING_CELLS),
  from: 0,
  turns: new Uint8Array(SMOOTHING_TURNS),
  turnsFrom: 0,
});

/**
 * Simple exponential smoothing (Brown 1956) for several parameters side by side; the one that erred least so far,
 * over all horizons, forecasts. Errors are of the values, not of their scale: that is what users see.
 */
export class SimpleSmoothing {
  readonly #scale: Scale;
  readonly #cells: Cells;
  readonly #from: number;
  readonly #turns: Uint8Array;
  readonly #turnsFrom: number;
  /** Of each parameter; on the model's scale. */
  readonly #levels: number[] = Array.from({ length: CANDIDATES }, () => Number.NaN);
  /** Before there is evidence, the median of all that was seen. */
  #best = CANDIDATES - 1;
  #seen = 0;

  constructor(scale: Scale, { cells, from, turns, turnsFrom }: SmoothingRoom = ownRoom(scale)) {
    this.#scale = scale;
    this.#cells = cells;
    this.#from = from;
    this.#turns = turns;
    this.#turnsFrom = turnsFrom;
    for (let i = 0; i < CANDIDATES; i++) cells.fill(Number.NaN, this.#said(i), this.#said(i) + FLAT_CELLS);
  }

  /** Parameter in use; of a median the one that remembers as long. */
  get alpha(): number {
    return ALPHAS[this.#best] ?? 2 / ((MEDIANS[this.#best - ALPHAS.length] ?? 1) + 1);
  }

  /** The forecast of every horizon, on the model's scale; NaN before the first value. */
  get level(): number {
    return this.#levels[this.#best] ?? Number.NaN;
  }

  /** What "it stays as it is" said of step `step`, a bucket's horizon before it; asked before the step is observed. */
  naiveDue(bucket: number, step: number): number {
    return flatDue(this.#cells, this.#said(NAIVE), bucket, step);
  }

  /** `value` NaN: missing, the levels stay. */
  observe(step: number, value: number): void {
    const isMissing = Number.isNaN(value);
    if (!isMissing) this.#seen++;
    const scaled = this.#scale.to(value);
    for (let i = 0; i < CANDIDATES; i++) {
      if (!isMissing) {
        this.#score(i, step, value);
        this.#update(i, scaled);
      }
      putFlat(this.#cells, this.#said(i), step, this.#scale.from(this.#levels[i] as number));
    }
    this.#choose();
  }

  /** Where what a parameter said begins. */
  #said(index: number): number {
    return this.#from + index * EACH;
  }

  #errors(index: number): number {
    return this.#said(index) + FLAT_CELLS;
  }

  #score(index: number, step: number, value: number): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const forecast = flatDue(this.#cells, this.#said(index), bucket, step);
      if (!Number.isNaN(forecast)) addError(this.#cells, this.#errors(index), bucket, value - forecast);
    }
  }

  /** The first values count alike, whatever the parameter: else the very first would weigh for hours. */
  #update(index: number, scaled: number): void {
    if (index >= ALPHAS.length) {
      const window = this.#window(index - ALPHAS.length);
      window.add(scaled);
      // Kept with seven digits: where it is the newest value, that one is exact.
      this.#levels[index] = Math.fround(scaled) === Math.fround(window.median) ? scaled : window.median;
      return;
    }
    const weight = Math.max(ALPHAS[index] as number, 1 / this.#seen);
    const level = this.#levels[index] as number;
    this.#levels[index] = this.#seen === 1 ? scaled : level + weight * (scaled - level);
  }

  /** A view: there are thousands of sessions, and each would be an object of its own. */
  #window(index: number): ResidualWindow {
    const before = MEDIANS.slice(0, index).reduce((sum, steps) => sum + steps, 0);
    return new ResidualWindow({
      sorted: this.#cells,
      turns: this.#turns,
      from: this.#from + SORTED + before,
      turnsFrom: this.#turnsFrom + before,
      most: MEDIANS[index] ?? 1,
      counts: this.#cells,
      count: this.#from + COUNTS + index,
    });
  }

  #choose(): void {
    let least = totalError(this.#cells, this.#errors(this.#best));
    for (let i = 0; i < CANDIDATES; i++) {
      const total = totalError(this.#cells, this.#errors(i));
      if (total >= least) continue;
      least = total;
      this.#best = i;
    }
  }
}
