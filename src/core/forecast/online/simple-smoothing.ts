import { BUCKETS, FLAT_CELLS, flatDue, putFlat } from "./horizon-buckets.ts";
import { addError, ERROR_CELLS, totalError } from "./rolling-error.ts";
import type { Cells, Scale } from "./scale.ts";

/** Smoothing parameters tried; 1 is the naive forecast. */
const ALPHAS: readonly number[] = [0.02, 0.07, 0.2, 0.5, 1];
const NAIVE: number = ALPHAS.length - 1;
/** Of each parameter: what it said, and how it erred. */
const EACH: number = FLAT_CELLS + ERROR_CELLS;
/** Cells that a SimpleSmoothing takes. */
export const SMOOTHING_CELLS: number = ALPHAS.length * EACH;

/**
 * Simple exponential smoothing (Brown 1956) for several parameters side by side; the one that erred least so far,
 * over all horizons, forecasts. Errors are of the values, not of their scale: that is what users see.
 */
export class SimpleSmoothing {
  readonly #scale: Scale;
  readonly #cells: Cells;
  readonly #from: number;
  /** Of each parameter; on the model's scale. */
  readonly #levels: number[] = ALPHAS.map(() => Number.NaN);
  #best = 0;
  #seen = 0;

  /** Takes SMOOTHING_CELLS of the cells, from `from` on. */
  constructor(scale: Scale, cells: Cells = scale.cells(SMOOTHING_CELLS), from = 0) {
    this.#scale = scale;
    this.#cells = cells;
    this.#from = from;
    for (let i = 0; i < ALPHAS.length; i++) cells.fill(Number.NaN, this.#said(i), this.#said(i) + FLAT_CELLS);
  }

  /** Parameter in use. */
  get alpha(): number {
    return ALPHAS[this.#best] ?? 1;
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
    for (let i = 0; i < ALPHAS.length; i++) {
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
    const weight = Math.max(ALPHAS[index] as number, 1 / this.#seen);
    const level = this.#levels[index] as number;
    this.#levels[index] = this.#seen === 1 ? scaled : level + weight * (scaled - level);
  }

  #choose(): void {
    let least = totalError(this.#cells, this.#errors(this.#best));
    for (let i = 0; i < ALPHAS.length; i++) {
      const total = totalError(this.#cells, this.#errors(i));
      if (total >= least) continue;
      least = total;
      this.#best = i;
    }
  }
}
