import type { Random } from "../../ports.ts";
import type { Share } from "../../units.ts";
import type { Series } from "../forecaster.ts";
import type { Batch } from "./batch.ts";
import { logarithms, viewOf } from "./series-view.ts";
import type { Shape } from "./shape.ts";
import { type EncodedSeries, WindowEncoder } from "./window-encoder.ts";

interface TrainingSeries extends EncodedSeries {
  /** Values from here on are held back: neither inputs nor targets of what is learnt from. */
  readonly cutoff: number;
}

/** Series looked at on held-back time, at most. */
const MAX_CHECKED = 96;
/** Values before the cutoff without which a series teaches nothing. */
const LEAST_VALUES = 8;

/** All sessions' histories as one source of windows; each series is drawn equally often, whatever its length. */
export class TrainingFleet {
  readonly #shape: Shape;
  readonly #batch: Batch;
  readonly #encoder: WindowEncoder;
  readonly #series: readonly TrainingSeries[];
  readonly #checked: readonly TrainingSeries[];

  constructor(fleet: readonly Series[], shape: Shape, batch: Batch, heldBack: Share) {
    this.#shape = shape;
    this.#batch = batch;
    this.#encoder = new WindowEncoder(shape, batch);
    this.#series = fleet.map((series) => prepared(series, shape, heldBack)).filter(isTrainable);
    const stride = Math.max(1, Math.ceil(this.#series.length / MAX_CHECKED));
    this.#checked = this.#series.filter((_, i) => i % stride === 0);
  }

  get isEmpty(): boolean {
    return this.#series.length === 0;
  }

  /** Fills the batch with windows of any series at any place before its cutoff, patches aligned anyhow. */
  draw(random: Random): void {
    const { patch } = this.#shape;
    for (let window = 0; window < this.#batch.size; window++) {
      const series = this.#series[Math.floor(random.next() * this.#series.length)] as TrainingSeries;
      const { cutoff } = series;
      const earliest = 1 - patch;
      const latest = Math.max(earliest, cutoff - this.#batch.steps * patch);
      const start = earliest + Math.floor(random.next() * (latest - earliest + 1));
      this.#encoder.encode(series, { window, start, end: cutoff, targetsFrom: 0, targetsTo: cutoff });
    }
  }

  /** Mean over series of `loss`, called with the batch filled with forecasts of held-back time. */
  check(loss: () => number): number {
    const { size } = this.#batch;
    let sum = 0;
    for (let from = 0; from < this.#checked.length; from += size) {
      const count = Math.min(size, this.#checked.length - from);
      for (let window = 0; window < size; window++) this.#encodeCheck(window, this.#checked[from + window]);
      sum += loss() * count;
    }
    return sum / this.#checked.length;
  }

  /** The latest window of a series; without a series the place stays empty. */
  #encodeCheck(window: number, series: TrainingSeries | undefined): void {
    const known = series ?? (this.#checked[0] as TrainingSeries);
    const length = known.logs.length;
    const start = length - this.#batch.steps * this.#shape.patch;
    const end = series ? length : Number.NEGATIVE_INFINITY;
    this.#encoder.encode(known, { window, start, end, targetsFrom: known.cutoff, targetsTo: length });
  }
}

/** The view is chosen on what isn't held back. */
function prepared({ values }: Series, { horizon }: Shape, heldBack: Share): TrainingSeries {
  const n = values.length;
  const cutoff = Math.max(0, Math.min(n - horizon, Math.floor(n * (1 - heldBack))));
  const view = viewOf(values, horizon, cutoff);
  return { logs: logarithms(values, view), view, cutoff };
}

function isTrainable({ logs, cutoff }: TrainingSeries): boolean {
  let known = 0;
  for (let i = 0; i < cutoff; i++) if (!Number.isNaN(logs[i])) known++;
  return known >= LEAST_VALUES && logs.subarray(cutoff).some((value) => !Number.isNaN(value));
}
