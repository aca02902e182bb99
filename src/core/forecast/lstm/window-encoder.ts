import type { Batch } from "./batch.ts";
import { ABSOLUTE_FLOOR, RELATIVE_FLOOR, RunningScale } from "./running-scale.ts";
import type { SeriesView } from "./series-view.ts";
import { headSize, inputSize, type Shape } from "./shape.ts";

/** A series in the network's terms. */
export interface EncodedSeries {
  /** Logarithms (see series-view), oldest first; NaN = missing. */
  readonly logs: Float64Array;
  readonly view: SeriesView;
}

export interface WindowPlace {
  /** Window of the batch that is filled. */
  readonly window: number;
  /** Index of the value that the window begins at; negative: what is before the series counts as missing. */
  readonly start: number;
  /** Index before which each step must end; later steps are left empty. */
  readonly end: number;
  /** Values from..to (exclusive) are targets; no other is learnt from. */
  readonly targetsFrom: number;
  readonly targetsTo: number;
}

/** A step that ends anywhere. */
export interface WalkPlace {
  /** Of the batch. */
  readonly row: number;
  /** Index of the value after the step's last one. */
  readonly origin: number;
  /** Whether something is forecast from it: else the head's inputs are left alone. */
  readonly isLast: boolean;
}

/** Inputs beyond this many spreads, or errors, are cut off: one spike must not drown a patch. */
const INPUT_CLIP = 8;
/** Targets beyond this many errors from the naive forecast are cut off. */
const TARGET_CLIP = 20;
/** Cycles whose median is the steadier alternative to the last one. */
export const CYCLES = 5;

const clip = (value: number): number => Math.max(-INPUT_CLIP, Math.min(INPUT_CLIP, value));

/**
 * Writes windows into a batch. Inputs of a step: the patch's values in spreads from the level, its moves since a
 * season before in errors of the naive forecast, and what kind of series it is. The forecast is the seasonal naive
 * one plus the network's output times that error, so that all series' errors weigh alike and an untrained network is naive.
 */
export class WindowEncoder {
  readonly #shape: Shape;
  readonly #batch: Batch;
  readonly #scale: RunningScale;
  readonly #cycles: Float64Array = new Float64Array(CYCLES);

  constructor(shape: Shape, batch: Batch) {
    this.#shape = shape;
    this.#batch = batch;
    this.#scale = new RunningScale(batch.steps * shape.patch);
  }

  encode(series: EncodedSeries, place: WindowPlace): void {
    const { patch } = this.#shape;
    this.#scale.reset();
    for (let step = 0; step < this.#batch.steps; step++) {
      const row = step * this.#batch.size + place.window;
      const origin = place.start + (step + 1) * patch;
      if (origin > place.end) {
        this.#clear(row);
        continue;
      }
      for (let i = origin - patch; i < origin; i++) this.#scale.observe(series.logs[i] ?? Number.NaN);
      const error = this.#encodeStep(series, row, origin);
      this.#encodeHead(row);
      this.#encodeBase(series, row, origin, error);
      this.#encodeTargets(series, row, origin, place);
    }
  }

  /** Steps of one window that begins at `start`; `places` by ascending origins. Nothing of it is a target. */
  walk(series: EncodedSeries, start: number, places: readonly WalkPlace[]): void {
    this.#scale.reset();
    let next = start;
    for (const { row, origin, isLast } of places) {
      for (; next < origin; next++) this.#scale.observe(series.logs[next] ?? Number.NaN);
      const error = this.#encodeStep(series, row, origin);
      if (!isLast) continue;
      this.#encodeHead(row);
      this.#encodeBase(series, row, origin, error);
    }
  }

  #clear(row: number): void {
    const { inputs, headInputs, base, units, targets, rowWeights } = this.#batch;
    const { horizon } = this.#shape;
    inputs.data.fill(0, row * inputs.cols, (row + 1) * inputs.cols);
    headInputs.data.fill(0, row * headInputs.cols, (row + 1) * headInputs.cols);
    base.fill(0, row * horizon, (row + 1) * horizon);
    targets.fill(Number.NaN, row * horizon, (row + 1) * horizon);
    units[row] = 0;
    rowWeights[row] = 0;
  }

  /** Returns the typical error of the naive forecast. */
  #encodeStep({ logs, view }: EncodedSeries, row: number, origin: number): number {
    const { patch } = this.#shape;
    const { level, spread, roughness } = this.#scale;
    const error = Math.max(view.error, RELATIVE_FLOOR * Math.abs(level), ABSOLUTE_FLOOR);
    const inputs = this.#batch.inputs.data;
    const at = row * inputSize(this.#shape);
    let observed = 0;
    for (let i = 0; i < patch; i++) {
      const value = logs[origin - patch + i] ?? Number.NaN;
      const before = logs[origin - patch + i - view.lag] ?? Number.NaN;
      if (!Number.isNaN(value)) observed++;
      inputs[at + i] = orZero((value - level) / spread);
      inputs[at + patch + i] = orZero((value - before) / error);
    }
    const extra = at + 2 * patch;
    inputs[extra] = observed / patch;
    inputs[extra + 1] = clip(Math.log(error / spread));
    inputs[extra + 2] = roughness;
    inputs[extra + 3] = view.gain;
    inputs[extra + 4] = 1;
    this.#batch.units[row] = error;
    return error;
  }

  /** The step's own inputs (a skip connection). */
  #encodeHead(row: number): void {
    const count = inputSize(this.#shape);
    const { inputs, headInputs } = this.#batch;
    const head = row * headSize(this.#shape) + this.#shape.hidden;
    for (let i = 0; i < count; i++) headInputs.data[head + i] = inputs.data[row * count + i] as number;
  }

  /** The naive forecast, and how far the level and the last cycles' median pull each point away from it. */
  #encodeBase({ logs, view: { lag } }: EncodedSeries, row: number, origin: number, error: number): void {
    const { horizon, hidden } = this.#shape;
    const { level, last } = this.#scale;
    const heads = this.#batch.headInputs.data;
    const pulls = row * headSize(this.#shape) + hidden + inputSize(this.#shape);
    for (let j = 0; j < horizon; j++) {
      const cycleAgo = origin + j - Math.ceil((j + 1) / lag) * lag;
      const known = this.#lookBack(logs, cycleAgo, lag);
      const naive = lag === 1 || known === 0 ? last : (this.#cycles[0] as number);
      const steady = known === 0 ? last : this.#cycleMedian(known);
      this.#batch.base[row * horizon + j] = naive;
      heads[pulls + j] = clip((level - naive) / error);
      heads[pulls + horizon + j] = clip((steady - naive) / error);
    }
  }

  /** Collects the values at `from`, and `lag`, 2 `lag`… before it, latest first; returns how many aren't missing. */
  #lookBack(logs: Float64Array, from: number, lag: number): number {
    let count = 0;
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const value = logs[from - cycle * lag] ?? Number.NaN;
      if (!Number.isNaN(value)) this.#cycles[count++] = value;
    }
    return count;
  }

  #cycleMedian(count: number): number {
    const values = this.#cycles;
    for (let i = 1; i < count; i++) {
      const value = values[i] as number;
      let j = i;
      for (; j > 0 && (values[j - 1] as number) > value; j--) values[j] = values[j - 1] as number;
      values[j] = value;
    }
    const middle = count >> 1;
    const high = values[middle] as number;
    return count % 2 ? high : (high + (values[middle - 1] as number)) / 2;
  }

  #encodeTargets({ logs }: EncodedSeries, row: number, origin: number, place: WindowPlace): void {
    const { base, units, targets, rowWeights } = this.#batch;
    const { horizon } = this.#shape;
    const error = units[row] as number;
    rowWeights[row] = this.#scale.count > 0 ? 1 : 0;
    for (let j = 0; j < horizon; j++) {
      const at = origin + j;
      const isTarget = at >= place.targetsFrom && at < place.targetsTo;
      const value = isTarget ? (logs[at] ?? Number.NaN) : Number.NaN;
      const distance = (value - (base[row * horizon + j] as number)) / error;
      targets[row * horizon + j] = Math.max(-TARGET_CLIP, Math.min(TARGET_CLIP, distance));
    }
  }
}

/** Cut off; a missing value is an input of 0. */
const orZero = (value: number): number => (Number.isNaN(value) ? 0 : clip(value));
