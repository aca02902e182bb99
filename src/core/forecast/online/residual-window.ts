import type { Cells, Residuals } from "./scale.ts";

/** Residuals that a window holds, if nothing else is said: the cells it takes. */
export const WINDOW: number = 64;

/** Where a window keeps what it holds. */
export interface WindowPlace {
  readonly sorted: Residuals;
  /** When each of the sorted came, modulo the window. */
  readonly turns: Uint8Array;
  /** Where it begins in `sorted` and in `turns`. */
  readonly from: number;
  readonly turnsFrom: number;
  /** Residuals it holds at most. */
  readonly most: number;
  /** The cell that counts what was added; 0 at first. */
  readonly counts: Cells;
  readonly count: number;
}

/**
 * The latest residuals, sorted: adding moves memory, no sort; a quantile is one look. All that it knows is where its
 * place is, so it can be made when it is needed.
 */
export class ResidualWindow {
  readonly #place: WindowPlace;

  constructor(place: WindowPlace) {
    this.#place = place;
  }

  get #added(): number {
    return this.#place.counts[this.#place.count] as number;
  }

  get size(): number {
    return Math.min(this.#added, this.#place.most);
  }

  add(residual: number): void {
    const { sorted, turns, from, turnsFrom, most, counts, count } = this.#place;
    const { size } = this;
    const added = this.#added;
    const turn = added % most;
    const isFull = size === most;
    if (isFull) this.#move(from + turns.indexOf(turn, turnsFrom) - turnsFrom + 1, -1);
    const at = this.#position(residual, isFull ? size - 1 : size);
    this.#move(at, 1);
    sorted[at] = residual;
    turns[at - from + turnsFrom] = turn;
    // Only whether it is full and whose turn it is matters: so the count stays exact.
    counts[count] = added + 1 < 2 * most ? added + 1 : most;
  }

  /** Smallest residual that at least the share `p` of them does not exceed, rounded outwards (Vovk 2005: (n + 1) p). */
  quantile(p: number): number {
    const { size } = this;
    const rank = p < 0.5 ? Math.floor((size + 1) * p) : Math.ceil((size + 1) * p);
    return this.#at(Math.min(Math.max(rank, 1), size) - 1);
  }

  /** Middle one; the lower of two. */
  get median(): number {
    return this.#at((this.size - 1) >> 1);
  }

  #at(rank: number): number {
    return this.#place.sorted[this.#place.from + rank] ?? 0;
  }

  /** Shifts what is from `at` on. */
  #move(at: number, by: 1 | -1): void {
    const { sorted, turns, from, turnsFrom, most } = this.#place;
    const end = from + most - (by === 1 ? 1 : 0);
    sorted.copyWithin(at + by, at, end);
    const turn = at - from + turnsFrom;
    turns.copyWithin(turn + by, turn, end - from + turnsFrom);
  }

  /** Cell of the first residual that is not below, of the first `size`. */
  #position(residual: number, size: number): number {
    const { sorted, from } = this.#place;
    let low = from;
    let high = from + size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? 0) < residual) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
