import type { Millis } from "../../ports.ts";
import type { Level, OnlineForecaster } from "../forecaster.ts";
import type { FitSource } from "./fit-source.ts";
import type { NetworkSource, Path, PathSource } from "./path.ts";

/** What models are fitted by off the main loop, as far as there is such. */
export interface Sources {
  readonly paths?: PathSource | undefined;
  readonly fits?: FitSource | undefined;
  readonly network?: NetworkSource | undefined;
}

/** What a forecaster is made for. */
export interface SeriesSpec extends Sources {
  /** Unique within its node. */
  readonly series: string;
  readonly stepMs: Millis;
  /** Counts and rates: never below 0. */
  readonly nonNegative: boolean;
  readonly level: Level;
  readonly horizon: number;
}

/** A forecaster that also weighs forecasts it is given: the rhythm of a device is known outside of its series. */
export interface SeriesForecaster extends OnlineForecaster {
  readonly trainedOn: number;
  offer(name: string, path: Path): void;
  /** The series is silent, or is let go: what takes room in a source is given back. */
  rest(): void;
  /** The values it keeps, oldest first; NaN = missing. */
  history(): Float64Array;
  /** Learns from values of an earlier life, before it observes any. */
  resume(values: Float64Array): void;
}

export type MakeForecaster = (spec: SeriesSpec) => SeriesForecaster;
