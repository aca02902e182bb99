import type { Millis } from "../../ports.ts";
import type { Fit } from "../engine/engine.ts";

/** A wish for a fit of the engine: tens of milliseconds, so it is made elsewhere. */
export interface FitJob {
  /** One series; a newer job of the same series takes the place of one that still waits. */
  readonly series: string;
  readonly stepMs: Millis;
  /** Steps ahead that will be asked for. */
  readonly h: number;
  /** Oldest first; NaN = missing. */
  readonly values: Float64Array;
  /** Called at most once, later; not at all where the job failed or was dropped. */
  readonly deliver: (fit: Fit) => void;
}

/** Makes fits off the main loop, for so many series at a time as there is room for. */
export interface FitSource {
  /** False: there is no room for one more series; nothing is delivered. */
  request(job: FitJob): boolean;
  /** The series keeps its fit no longer: its room is another's. */
  release(series: string): void;
}
