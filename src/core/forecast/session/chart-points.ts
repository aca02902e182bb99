import type { Millis } from "../../ports.ts";
import type { ValueForecast } from "./value-forecaster.ts";

/** A point as charts take it. */
export interface ChartPoint {
  /** End of the step, ms since 1970. */
  readonly x: Millis;
  /** Its median. */
  readonly y: number;
  readonly lower: number;
  readonly upper: number;
}

/** `msg.forecast`. */
export interface ChartForecast extends ValueForecast {
  /** The same, point by point. */
  readonly points: readonly ChartPoint[];
}

/** A forecast of its own, which its reader may change, with the points that a chart draws. */
export function charted(forecast: ValueForecast): ChartForecast {
  const { atMs, stepMs, median, lower, upper, model } = forecast;
  const points = median.map((y, i) => ({
    x: atMs + (i + 1) * stepMs,
    y,
    lower: lower[i] ?? y,
    upper: upper[i] ?? y,
  }));
  return {
    ...forecast,
    median: [...median],
    lower: [...lower],
    upper: [...upper],
    model: { ...model },
    points,
  };
}
