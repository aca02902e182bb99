import { AWAITED_CELLS, Awaited, BUCKETS, FIRST_HORIZONS } from "./horizon-buckets.ts";
import { type Bounds, within } from "./output-gate.ts";
import type { Path } from "./path.ts";
import { ERROR_CELLS, RollingError } from "./rolling-error.ts";
import type { Cells, Scale } from "./scale.ts";

/** Forecasts that must have come true before a path counts. */
const TRIALS = 6;
/** How sharply the better of two wins: weights go by the ratio of their errors to this power. */
const SHARPNESS = 3;
const LEAST_ERROR = 1e-200;

/** Cells that a PathMember takes. */
export const MEMBER_CELLS: number = AWAITED_CELLS + 2 * ERROR_CELLS;

/** Forecasts that come as paths, weighed per horizon by how they did against smoothing at the same steps. */
export class PathMember {
  readonly name: string;
  readonly #cells: Cells;
  readonly #from: number;
  #path: Path = [];
  #origin = 0;

  /** Takes MEMBER_CELLS of the cells, from `from` on. */
  constructor(name: string, scale: Scale, cells: Cells = scale.cells(MEMBER_CELLS), from = 0) {
    this.name = name;
    this.#cells = cells;
    this.#from = from;
    this.#awaited.clear();
  }

  // Views: a session has several, and each would be an object of its own.
  get #awaited(): Awaited {
    return new Awaited(this.#cells, this.#from);
  }

  get #errors(): RollingError {
    return new RollingError(this.#cells, this.#from + AWAITED_CELLS);
  }

  get #reference(): RollingError {
    return new RollingError(this.#cells, this.#from + AWAITED_CELLS + ERROR_CELLS);
  }

  /** `origin`: the step that the path begins after. */
  take(path: Path, origin: number): void {
    this.#path = path;
    this.#origin = origin;
  }

  /** What it says of step `step`, within bounds; NaN where its path does not reach. */
  at(step: number, bounds: Bounds): number {
    return within(bounds, this.#path[step - this.#origin - 1] ?? Number.NaN);
  }

  /** The value of step `step` came; `smoothed` said this of it. */
  score(bucket: number, step: number, value: number, smoothed: number): void {
    const forecast = this.#awaited.due(bucket, step);
    if (Number.isNaN(forecast) || Number.isNaN(smoothed)) return;
    this.#errors.add(bucket, value - forecast);
    this.#reference.add(bucket, value - smoothed);
  }

  /** Puts down what it says at `step`, to be scored later. */
  put(step: number, bounds: Bounds): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++)
      this.#awaited.put(bucket, step, this.at(step + (FIRST_HORIZONS[bucket] ?? 1), bounds));
  }

  /** Relative to smoothing's 1; 0 until it has proved itself at this horizon, or where it is worse. */
  weight(bucket: number): number {
    if (this.#errors.count(bucket) < TRIALS) return 0;
    const own = this.#errors.mean(bucket);
    const reference = this.#reference.mean(bucket);
    // Smoothing without any error to speak of: nothing to choose.
    if (own > reference || reference < LEAST_ERROR) return 0;
    // The floor bounds the ratio, so that its power stays finite.
    return (reference / Math.max(own, reference * 1e-3)) ** SHARPNESS;
  }

  /** Mean errors over the horizons that it was scored at: its own, smoothing's and `naive`'s of them. */
  errorsBeside(naive: RollingError): {
    readonly own: number;
    readonly smoothed: number;
    readonly naive: number;
  } {
    const sums = { own: 0, smoothed: 0, naive: 0 };
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      if (this.#errors.count(bucket) === 0) continue;
      sums.own += this.#errors.mean(bucket);
      sums.smoothed += this.#reference.mean(bucket);
      sums.naive += naive.mean(bucket);
    }
    return sums;
  }

  get isUsed(): boolean {
    for (let bucket = 0; bucket < BUCKETS; bucket++) if (this.weight(bucket) > 0.5) return true;
    return false;
  }
}
