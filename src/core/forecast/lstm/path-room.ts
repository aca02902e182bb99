import { type Batch, emptyBatch } from "./batch.ts";
import { PathNetwork } from "./path-network.ts";
import type { Parameters, Shape } from "./shape.ts";
import { type EncodedSeries, WindowEncoder } from "./window-encoder.ts";

/** Origins at once: enough that products of matrices run over blocks, few enough to stay in a core's cache. */
const AT_ONCE = 8;

/** The room for paths from several origins of one series at once. */
export class PathRoom {
  readonly #shape: Shape;
  readonly #steps: number;
  readonly #batch: Batch;
  readonly #network: PathNetwork;
  readonly #encoder: WindowEncoder;

  constructor(shape: Shape, steps: number) {
    this.#shape = shape;
    this.#steps = steps;
    this.#batch = emptyBatch(shape, steps, AT_ONCE);
    this.#network = new PathNetwork(shape, steps, AT_ONCE);
    this.#encoder = new WindowEncoder(shape, this.#batch);
  }

  /** Logarithms of the `h` points from each origin on; `h`: at most the network's horizon. */
  medians(weights: Parameters, series: EncodedSeries, origins: readonly number[], h: number): Float64Array[] {
    const paths: Float64Array[] = [];
    for (let from = 0; from < origins.length; from += AT_ONCE) {
      const some = origins.slice(from, from + AT_ONCE);
      for (const [window, origin] of some.entries()) this.#encode(series, window, origin);
      // What an earlier pass left in the other windows is forecast with them, and not read.
      const medians = this.#network.medians(weights, this.#batch, h);
      for (const window of some.keys()) paths.push(this.#path(medians.data, window, h));
    }
    return paths;
  }

  #encode(series: EncodedSeries, window: number, origin: number): void {
    const start = origin - this.#steps * this.#shape.patch;
    const headsFrom = this.#steps - 1;
    this.#encoder.encode(series, { window, start, end: origin, targetsFrom: 0, targetsTo: 0, headsFrom });
  }

  /** The network says by how many of its units a point is away from the naive forecast. */
  #path(medians: Float64Array, window: number, h: number): Float64Array {
    const { horizon } = this.#shape;
    const row = (this.#steps - 1) * this.#batch.size + window;
    const unit = this.#batch.units[row] as number;
    const path = new Float64Array(h);
    for (let j = 0; j < h; j++)
      path[j] =
        (this.#batch.base[row * horizon + j] as number) + unit * (medians[window * horizon + j] as number);
    return path;
  }
}
