import { LRUCache } from "lru-cache";

interface Resting {
  /** It is let go. */
  rest(): void;
}

/** The series that a node keeps, the least recently used ones dropped. */
export class SeriesTable<Series extends { readonly forecaster: Resting }> {
  readonly #series: LRUCache<string, Series>;

  /** `most` ≥ 1. */
  constructor(most: number) {
    this.#series = new LRUCache({ max: most, dispose: ({ forecaster }) => forecaster.rest() });
  }

  get size(): number {
    return this.#series.size;
  }

  /** Counts as a use. */
  get(name: string, make: () => Series): Series {
    let series = this.#series.get(name);
    if (!series) {
      series = make();
      this.#series.set(name, series);
    }
    return series;
  }

  /** Without counting as a use. */
  values(): Iterable<Series> {
    return this.#series.values();
  }
}
