import { type Batch, emptyBatch } from "./batch.ts";
import type { Parameters, Shape } from "./shape.ts";
import { WalkNetwork } from "./walk-network.ts";
import { type EncodedSeries, WindowEncoder } from "./window-encoder.ts";

/** Origins that share a window, at most. */
const MOST_ORIGINS = 32;
/** From the first to the last of them, in contexts: what the first one sees less, and the last one more, is half of it. */
const SPAN = 0.75;

/** The room for paths from several origins of one series at once. */
export class PathRoom {
  readonly #patch: number;
  readonly #horizon: number;
  /** Values that a forecast from one origin sees. */
  readonly #context: number;
  readonly #batch: Batch;
  readonly #network: WalkNetwork;
  readonly #encoder: WindowEncoder;

  constructor(shape: Shape, steps: number) {
    const { patch, horizon } = shape;
    const mostSteps = Math.ceil(steps * (1 + SPAN / 2)) + 1;
    this.#patch = patch;
    this.#horizon = horizon;
    this.#context = steps * patch;
    this.#batch = emptyBatch(shape, mostSteps + MOST_ORIGINS, 1);
    this.#network = new WalkNetwork(shape, mostSteps, MOST_ORIGINS);
    this.#encoder = new WindowEncoder(shape, this.#batch);
  }

  /**
   * Logarithms of the `h` points from each origin on; `h`: at most the network's horizon. Origins, ascending, that
   * lie near each other share one window around them all, so that of each only its own last patch is gone through.
   */
  medians(weights: Parameters, series: EncodedSeries, origins: readonly number[], h: number): Float64Array[] {
    return this.#neighbours(origins).flatMap((some) => this.#paths(weights, series, some, h));
  }

  #neighbours(origins: readonly number[]): number[][] {
    const groups: number[][] = [];
    for (const origin of origins) {
      const group = groups.at(-1);
      const [first = 0, latest = Number.POSITIVE_INFINITY] = [group?.[0], group?.at(-1)];
      const isNear = origin >= latest && origin - first <= SPAN * this.#context;
      if (group && isNear && group.length < MOST_ORIGINS) group.push(origin);
      else groups.push([origin]);
    }
    return groups;
  }

  #paths(weights: Parameters, series: EncodedSeries, origins: readonly number[], h: number): Float64Array[] {
    const [first, last] = [origins[0] as number, origins.at(-1) as number];
    const start = Math.floor((first + last) / 2) - this.#context;
    // A last patch may overlap the step before it, or leave out values between, by half a patch.
    const before = origins.map((origin) => Math.max(0, Math.round((origin - start) / this.#patch) - 1));
    const steps = before.at(-1) as number;
    this.#encode(series, start, steps, origins);
    const { data } = this.#network.medians(weights, this.#batch, { steps, before }, h);
    return origins.map((_, k) => this.#path(data, k, steps + k, h));
  }

  /** In the order of time: the scale learns as it goes. */
  #encode(series: EncodedSeries, start: number, steps: number, origins: readonly number[]): void {
    const places = [
      ...Array.from({ length: steps }, (_, k) => ({
        row: k,
        origin: start + (k + 1) * this.#patch,
        isLast: false,
      })),
      ...origins.map((origin, k) => ({ row: steps + k, origin, isLast: true })),
    ];
    this.#encoder.walk(
      series,
      start,
      places.sort((a, b) => a.origin - b.origin),
    );
  }

  /** The network says by how many of its units a point is away from the naive forecast. */
  #path(medians: Float64Array, k: number, row: number, h: number): Float64Array {
    const horizon = this.#horizon;
    const unit = this.#batch.units[row] as number;
    const path = new Float64Array(h);
    for (let j = 0; j < h; j++)
      path[j] = (this.#batch.base[row * horizon + j] as number) + unit * (medians[k * horizon + j] as number);
    return path;
  }
}
