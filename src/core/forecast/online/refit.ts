import { History } from "./history.ts";
import { type Bounds, passesGate } from "./output-gate.ts";
import type { Path, PathSource } from "./path.ts";
import type { Scale } from "./scale.ts";

/** Values a model from elsewhere is fitted on at most, and at least. */
const MOST_VALUES = 200;
const LEAST_VALUES = 40;
/** Steps between two refits; a path must reach so much further than the horizon. */
const EVERY_STEPS = 20;
/** A path is worth its fit over short horizons: it goes flat, or off, later. */
const LONGEST = 60;

export interface RefitOptions {
  /** Names the series to the source. */
  readonly series: string;
  readonly source: PathSource;
  readonly scale: Scale;
  readonly horizon: number;
  /** A path that passed the gate, and the step it begins after. */
  readonly onPath: (path: Path, origin: number) => void;
}

/** Asks a source for a new path now and then, and lets nothing through that can't be. */
export class Refit {
  readonly #options: RefitOptions;
  /** Missing values are the last one repeated: NaN poisons npm arima. */
  readonly #history = new History(MOST_VALUES);
  #last = Number.NaN;
  #sinceRequest = EVERY_STEPS;

  constructor(options: RefitOptions) {
    this.#options = options;
  }

  /** `scaled` NaN: missing. */
  observe(step: number, scaled: number, bounds: Bounds): void {
    if (!Number.isNaN(scaled)) this.#last = scaled;
    if (Number.isNaN(this.#last)) return;
    this.#history.add(this.#last);
    this.#sinceRequest++;
    const isDue = this.#sinceRequest > EVERY_STEPS && this.#history.size >= LEAST_VALUES;
    if (isDue && bounds.most > bounds.least) this.#request(step, bounds);
  }

  #request(origin: number, bounds: Bounds): void {
    this.#sinceRequest = 0;
    const { series, source, scale, horizon, onPath } = this.#options;
    const h = Math.min(horizon, LONGEST) + EVERY_STEPS;
    source.request({
      series,
      values: [...this.#history.latest()],
      h,
      deliver: (path) => {
        if (passesGate(path, h, bounds)) onPath(path.points.map(scale.from), origin);
      },
    });
  }
}
