import { LRUCache } from "lru-cache";

/** The series that a node keeps; the least recently used ones leave. */
export class SeriesTable<Series extends object> {
  readonly #series: LRUCache<string, Series>;

  /** `most` ≥ 1; `leave` is told of each that makes room for another. */
  constructor(most: number, leave: (series: Series) => void) {
    this.#series = new LRUCache({ max: most, dispose: (series) => leave(series) });
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
