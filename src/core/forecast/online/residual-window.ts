import type { Cells } from "./scale.ts";

/** Residuals that a window holds: the cells it takes. */
export const WINDOW: number = 64;

/** The latest residuals, sorted: adding moves memory, no sort; a quantile is one look. */
export class ResidualWindow {
  readonly #sorted: Cells;
  /** When each of the sorted came, modulo the window. */
  readonly #turns: Uint8Array;
  readonly #from: number;
  /** What a turn's index is less than its residual's. */
  readonly #shift: number;
  readonly #most: number;
  #added = 0;

  /** Takes `most` of the cells from `from` on, and of the turns from `turnsFrom` on. */
  constructor(
    sorted: Cells,
    turns: Uint8Array,
    from: number,
    turnsFrom: number = from,
    most: number = WINDOW,
  ) {
    this.#most = most;
    this.#shift = from - turnsFrom;
    this.#sorted = sorted;
    this.#turns = turns;
    this.#from = from;
  }

  get size(): number {
    return Math.min(this.#added, this.#most);
  }

  add(residual: number): void {
    const { size } = this;
    const turn = this.#added % this.#most;
    const isFull = size === this.#most;
    if (isFull) this.#move(this.#turns.indexOf(turn, this.#from - this.#shift) + 1 + this.#shift, -1);
    const at = this.#position(residual, isFull ? size - 1 : size);
    this.#move(at, 1);
    this.#sorted[at] = residual;
    this.#turns[at - this.#shift] = turn;
    this.#added++;
  }

  /** Smallest residual that at least the share `p` of them does not exceed, rounded outwards (Vovk 2005: (n + 1) p). */
  quantile(p: number): number {
    const { size } = this;
    const rank = p < 0.5 ? Math.floor((size + 1) * p) : Math.ceil((size + 1) * p);
    return this.#sorted[this.#from + Math.min(Math.max(rank, 1), size) - 1] ?? 0;
  }

  /** Middle one; the lower of two. */
  get median(): number {
    return this.#sorted[this.#from + ((this.size - 1) >> 1)] ?? 0;
  }

  /** Shifts what is from `at` on. */
  #move(at: number, by: 1 | -1): void {
    const end = this.#from + this.#most - (by === 1 ? 1 : 0);
    this.#sorted.copyWithin(at + by, at, end);
    const turn = at - this.#shift;
    this.#turns.copyWithin(turn + by, turn, end - this.#shift);
  }

  /** Cell of the first residual that is not below, of the first `size`. */
  #position(residual: number, size: number): number {
    let low = this.#from;
    let high = this.#from + size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] ?? 0) < residual) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
