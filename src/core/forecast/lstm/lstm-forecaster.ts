import type { Forecast, ForecastOptions, Level, Series } from "../forecaster.ts";
import { type Batch, emptyBatch } from "./batch.ts";
import { Network } from "./network.ts";
import { PathRoom } from "./path-room.ts";
import { type Bounds, boundsOf } from "./plausible.ts";
import { quantilesAt } from "./quantile-head.ts";
import { fromLog, logarithms, type SeriesView, viewOf } from "./series-view.ts";
import { DEFAULT_STEPS, MEDIAN, type Parameters, QUANTILES } from "./shape.ts";
import { CYCLES, WindowEncoder } from "./window-encoder.ts";

/** Earlier steps of the context that the skill is measured at. */
const ORIGINS = 8;
const COUNT = QUANTILES.length;

/** Forecasts with trained weights. Keeps the room for one forecast, so it serves one at a time. */
export class LstmForecaster {
  readonly #weights: Parameters;
  readonly #steps: number;
  readonly #batch: Batch;
  readonly #network: Network;
  readonly #encoder: WindowEncoder;
  /** Only where paths are asked for. */
  #room: PathRoom | undefined;

  constructor(weights: Parameters, steps: number = DEFAULT_STEPS) {
    this.#weights = weights;
    this.#steps = steps;
    this.#batch = emptyBatch(weights.shape, steps, 1);
    this.#network = new Network(weights.shape, steps, 1);
    this.#encoder = new WindowEncoder(weights.shape, this.#batch);
  }

  /** How this network looks at a series of which the first `length` values are known: costs more than a forecast. */
  view(values: ArrayLike<number>, length: number = values.length): SeriesView {
    return viewOf(values, this.#weights.shape.horizon, length);
  }

  /** `view`: of an earlier forecast of the same series, else it is found anew. */
  forecast(series: Series, { h, level, nonNegative }: ForecastOptions, view?: SeriesView): Forecast {
    const chosen = view ?? this.view(series.values);
    const logs = logarithms(series.values, chosen);
    const { points, skill } = this.#run(logs, chosen, h);
    const bounds = boundsOf(series.values, nonNegative);
    const low = lowestOf(level);
    return {
      median: column(points, MEDIAN, chosen, bounds),
      lower: column(points, low, chosen, bounds),
      upper: column(points, COUNT - 1 - low, chosen, bounds),
      level,
      model: {
        name: "lstm",
        skill,
        trainedOn: series.values.length,
        seasons: chosen.lag > 1 ? [chosen.lag] : [],
      },
    };
  }

  /** Medians of steps `origin`, `origin + 1`…, knowing the values before `origin` only: for a rolling backtest. */
  path(view: SeriesView, values: ArrayLike<number>, origin: number, h: number): Float64Array {
    return this.paths(view, values, [origin], h)[0] as Float64Array;
  }

  /**
   * The same of many origins, ascending: those near each other share a window and all its steps but the last, a tenth
   * of the time of one by one. Each then sees up to 3/8 of a context more or less than alone.
   */
  paths(view: SeriesView, values: ArrayLike<number>, origins: readonly number[], h: number): Float64Array[] {
    checkHorizon(h);
    const all = Float64Array.from(values);
    if (h > this.#weights.shape.horizon)
      return origins.map((origin) => this.#longPath(view, this.#known(view, all, origin), h));
    this.#room ??= new PathRoom(this.#weights.shape, this.#steps);
    const logs = logarithms(all, view);
    const medians = this.#room.medians(this.#weights, { logs, view }, origins, h);
    return medians.map((points, k) => {
      const { low, high } = boundsOf(this.#known(view, all, origins[k] as number), false);
      return points.map((point) => Math.max(low, Math.min(high, fromLog(point, view))));
    });
  }

  /** What the network sees: what the last cycles look back to lies before the context. */
  #known({ lag }: SeriesView, values: Float64Array, origin: number): Float64Array {
    const from = Math.max(0, origin - this.#steps * this.#weights.shape.patch - CYCLES * lag);
    return values.subarray(from, origin);
  }

  #longPath(view: SeriesView, known: Float64Array, h: number): Float64Array {
    const { points } = this.#run(logarithms(known, view), view, h);
    return Float64Array.from(column(points, MEDIAN, view, boundsOf(known, false)));
  }

  /** Quantiles of h points, logarithms: what is beyond the network's horizon is forecast from its own medians. */
  #run(logs: Float64Array, view: SeriesView, h: number): { points: Float64Array[]; skill: number } {
    checkHorizon(h);
    const { horizon } = this.#weights.shape;
    const points = this.#points(logs, view);
    const skill = this.#skill(Math.min(h, horizon));
    for (let known = logs; points.length < h; ) {
      const farthest = points.at(-1) as Float64Array;
      known = extended(known, points.slice(-horizon));
      for (const point of this.#points(known, view)) points.push(widened(point, farthest));
    }
    return { points: points.slice(0, h), skill };
  }

  /** The network's horizon; leaves the outputs of the last steps in the batch for the skill. */
  #points(logs: Float64Array, view: SeriesView): Float64Array[] {
    const { patch, horizon } = this.#weights.shape;
    const end = logs.length;
    const start = end - this.#steps * patch;
    this.#encoder.encode({ logs, view }, { window: 0, start, end, targetsFrom: 0, targetsTo: end });
    const first = Math.max(0, this.#steps - 1 - ORIGINS);
    this.#network.forward(this.#weights, this.#batch, first, this.#steps - first);
    return Array.from({ length: horizon }, (_, j) => this.#point(this.#steps - 1, j));
  }

  #point(row: number, j: number): Float64Array {
    const { horizon } = this.#weights.shape;
    const base = this.#batch.base[row * horizon + j] as number;
    const unit = this.#batch.units[row] as number;
    const point = new Float64Array(COUNT);
    quantilesAt(this.#network.outputs, (row * horizon + j) * COUNT, point);
    return point.map((value) => base + unit * value);
  }

  /** 1 - error / naive error over the last steps' forecasts, on the network's scale; 0 where there is nothing to compare. */
  #skill(h: number): number {
    const { horizon } = this.#weights.shape;
    const { targets, units, rowWeights } = this.#batch;
    let error = 0;
    let naive = 0;
    for (let row = Math.max(0, this.#steps - 1 - ORIGINS); row < this.#steps - 1; row++)
      for (let j = 0; j < h; j++) {
        const at = row * horizon + j;
        const target = targets[at] as number;
        if (Number.isNaN(target) || rowWeights[row] === 0) continue;
        const weight = units[row] as number;
        error += weight * Math.abs(target - (this.#network.outputs[at * COUNT + MEDIAN] as number));
        naive += weight * Math.abs(target);
      }
    return naive > 0 ? Math.max(-1, 1 - error / naive) : 0;
  }
}

function checkHorizon(h: number): void {
  if (!(Number.isInteger(h) && h >= 1)) throw new RangeError(`h must be an integer >= 1 steps, got ${h}`);
}

/** Index of the interval's lower end. */
const lowestOf = (level: Level): number => QUANTILES.indexOf({ 80: 0.1, 90: 0.05, 95: 0.025 }[level]);

function column(
  points: readonly Float64Array[],
  q: number,
  view: SeriesView,
  { low, high }: Bounds,
): number[] {
  return points.map((point) => Math.max(low, Math.min(high, fromLog(point[q] as number, view))));
}

function extended(known: Float64Array, points: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(known.length + points.length);
  all.set(known);
  points.forEach((point, j) => {
    all[known.length + j] = point[MEDIAN] as number;
  });
  return all;
}

/** A point forecast from a forecast errs by both: the widths add as those of independent errors do. */
function widened(point: Float64Array, from: Float64Array): Float64Array {
  const median = point[MEDIAN] as number;
  return point.map((value, q) => {
    const width = Math.hypot(value - median, (from[q] as number) - (from[MEDIAN] as number));
    return q < MEDIAN ? median - width : median + width;
  });
}
