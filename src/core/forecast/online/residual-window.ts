const CAPACITY = 64;

/** The latest residuals, sorted: adding moves memory, no sort; a quantile is one look. */
export class ResidualWindow {
  readonly #sorted = new Float64Array(CAPACITY);
  readonly #inOrder = new Float64Array(CAPACITY);
  #added = 0;

  get size(): number {
    return Math.min(this.#added, CAPACITY);
  }

  add(residual: number): void {
    const size = this.size;
    const slot = this.#added % CAPACITY;
    if (size === CAPACITY) {
      const out = this.#position(this.#inOrder[slot] ?? 0, size);
      this.#sorted.copyWithin(out, out + 1, size);
      this.#insert(residual, size - 1);
    } else this.#insert(residual, size);
    this.#inOrder[slot] = residual;
    this.#added++;
  }

  /** Smallest residual that at least the share `p` of them does not exceed, rounded outwards (Vovk 2005: (n + 1) p). */
  quantile(p: number): number {
    const rank = p < 0.5 ? Math.floor((this.size + 1) * p) : Math.ceil((this.size + 1) * p);
    return this.#sorted[Math.min(Math.max(rank, 1), this.size) - 1] ?? 0;
  }

  #insert(residual: number, size: number): void {
    const at = this.#position(residual, size);
    this.#sorted.copyWithin(at + 1, at, size);
    this.#sorted[at] = residual;
  }

  /** First index whose residual is not below. */
  #position(residual: number, size: number): number {
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] ?? 0) < residual) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
