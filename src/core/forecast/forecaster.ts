import type { Millis } from "../ports.ts";
import type { ForecastMember } from "./member-weights.ts";

export type Level = 80 | 90 | 95;

/** Evenly spaced past values, oldest first; NaN = missing. */
export interface Series {
  readonly values: ArrayLike<number>;
  readonly stepMs: Millis;
}

export interface ForecastOptions {
  /** Steps ahead, ≥ 1. */
  readonly h: number;
  readonly level: Level;
  /** The values are rates or counts: no forecast goes below 0. */
  readonly nonNegative: boolean;
}

/** h points per array, all finite, lower ≤ median ≤ upper. */
export interface Forecast {
  readonly median: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  readonly level: Level;
  readonly model: {
    /** Members that count, for people: "ses", "seasonal-ar(24) + ses". */
    readonly name: string;
    /** 1 - error / naive error in a rolling backtest; ≤ 0: do not trust it. */
    readonly skill: number;
    /** Points fitted on. */
    readonly trainedOn: number;
    /** Seasons in use, steps. */
    readonly seasons: readonly number[];
    /** The members that count, the heaviest first. */
    readonly members?: readonly ForecastMember[];
  };
}

/** The half that runs on the main loop: one per series, O(1) per step, its state plain data. */
export interface OnlineForecaster {
  /** A closed step's value; NaN = missing. */
  observe(value: number): void;
  predict(options: ForecastOptions): Forecast;
}
