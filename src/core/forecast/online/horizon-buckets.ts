import type { Cells } from "./scale.ts";

/**
 * Horizons share what is learnt of them in buckets 1, 2-3, 4-7, 8-15, 16 and up: errors grow slowly with the
 * horizon, and a bucket each would cost memory per session. A bucket is scored at its first horizon.
 */
export const FIRST_HORIZONS: readonly number[] = [1, 2, 4, 8, 16];
export const BUCKETS: number = FIRST_HORIZONS.length;

/** Where each bucket's cells begin in an array that holds one cell per horizon of scoring. */
const OFFSETS: readonly number[] = [0, 1, 3, 7, 15];
/** Cells that an Awaited takes. */
export const AWAITED_CELLS: number = 31;

/** Bucket of a horizon ≥ 1. */
export function bucketOf(horizon: number): number {
  return Math.min(31 - Math.clz32(horizon), BUCKETS - 1);
}

/** What was forecast for each bucket's horizon, kept until the value comes: rings of 1, 2, 4, 8 and 16 cells. */
export class Awaited {
  readonly #cells: Cells;
  readonly #from: number;

  /** A view of AWAITED_CELLS of the cells, from `from` on. */
  constructor(cells: Cells, from: number) {
    this.#cells = cells;
    this.#from = from;
  }

  /** Before anything was forecast. */
  clear(): void {
    this.#cells.fill(Number.NaN, this.#from, this.#from + AWAITED_CELLS);
  }

  /** What was said of step `step`, a bucket's horizon before it; NaN where nothing was. */
  due(bucket: number, step: number): number {
    return this.#cells[this.#cell(bucket, step)] ?? Number.NaN;
  }

  /** At step `step`, of the step a bucket's horizon after it; takes the cell of what was due at `step`. */
  put(bucket: number, step: number, forecast: number): void {
    this.#cells[this.#cell(bucket, step)] = forecast;
  }

  #cell(bucket: number, step: number): number {
    return this.#from + (OFFSETS[bucket] ?? 0) + (step % (FIRST_HORIZONS[bucket] ?? 1));
  }
}

/** Cells that a ring of flat forecasts takes: as far back as the longest horizon of scoring. */
export const FLAT_CELLS = 16;

/** What a flat forecast said of step `step`, a bucket's horizon before it: kept once, for it was the same for all. */
export function flatDue(cells: Cells, from: number, bucket: number, step: number): number {
  return cells[from + ((step - (FIRST_HORIZONS[bucket] ?? 1) + FLAT_CELLS) % FLAT_CELLS)] ?? Number.NaN;
}

export function putFlat(cells: Cells, from: number, step: number, forecast: number): void {
  cells[from + (step % FLAT_CELLS)] = forecast;
}
