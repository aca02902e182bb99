import type { Level, OnlineForecaster } from "../forecaster.ts";
import { OnlineEnsemble } from "./online-ensemble.ts";
import type { Path, PathSource } from "./path.ts";
import { linearScale, log1pScale } from "./scale.ts";

/** What a forecaster is made for. */
export interface SeriesSpec {
  /** Unique within its node. */
  readonly series: string;
  /** Counts and rates: never below 0. */
  readonly nonNegative: boolean;
  readonly level: Level;
  readonly horizon: number;
  /** Models that are fitted off the main loop; undefined: none. */
  readonly paths?: PathSource | undefined;
}

/** A forecaster that also weighs forecasts it is given: the rhythm of a device is known outside of its series. */
export interface SeriesForecaster extends OnlineForecaster {
  readonly trainedOn: number;
  offer(name: string, path: Path): void;
}

/** The one place that says which forecaster the nodes use. */
export type MakeForecaster = (spec: SeriesSpec) => SeriesForecaster;

export const makeForecaster: MakeForecaster = (spec) =>
  new OnlineEnsemble({ ...spec, scale: spec.nonNegative ? log1pScale : linearScale });
