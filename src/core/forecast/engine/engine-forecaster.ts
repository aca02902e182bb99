import type { Millis } from "../../ports.ts";
import type { Forecast, ForecastOptions, OnlineForecaster } from "../forecaster.ts";
import { type Fit, fitSeries, predict, update } from "./engine.ts";
import { hasDrifted, promise } from "./watch.ts";

const HOUR_MS: Millis = 3_600_000;
/** A young series is fitted again whenever its past has grown by half: its first models knew little. */
const GROWTH = 1.5;

export interface EngineOptions {
  readonly stepMs: Millis;
  /** Steps ahead that will be asked for. */
  readonly h: number;
}

/**
 * The engine over a running series. It never refits by itself: where `isRefitDue`, somebody fits a copy of
 * `history` (in a worker) and hands the result to `adopt`.
 */
export class EngineForecaster implements OnlineForecaster {
  #fit: Fit;
  #age = 0;

  constructor({ stepMs, h }: EngineOptions, past: ArrayLike<number> = []) {
    this.#fit = fitSeries({ values: past, stepMs }, { h });
  }

  /** Goes on from a fit that was kept. */
  static from(kept: Fit): EngineForecaster {
    const forecaster = new EngineForecaster({ stepMs: kept.stepMs, h: kept.h });
    forecaster.#fit = kept;
    return forecaster;
  }

  /** What to keep: plain data. */
  get fit(): Fit {
    return this.#fit;
  }

  /** On drift, while young, or hourly. */
  get isRefitDue(): boolean {
    const { stepMs, trainedOn, watch, past } = this.#fit;
    const steps = past.length + past.offset;
    return (
      this.#age > 0 && (hasDrifted(watch) || steps >= GROWTH * trainedOn || this.#age * stepMs >= HOUR_MS)
    );
  }

  /** Values to fit on, oldest first; NaN = missing. */
  history(): Float64Array {
    const { values, seen, length } = this.#fit.past;
    return values.slice(0, length).map((value, i) => (seen[i] ? value : Number.NaN));
  }

  observe(value: number): void {
    this.#age++;
    update(this.#fit, value);
  }

  predict(options: ForecastOptions): Forecast {
    const forecast = predict(this.#fit, options);
    promise(this.#fit.watch, forecast);
    return forecast;
  }

  /** Takes a fit made elsewhere of `history()`, and the steps that came while it was made. */
  adopt(refitted: Fit, since: ArrayLike<number> = []): void {
    this.#fit = refitted;
    this.#age = since.length;
    for (let i = 0; i < since.length; i++) update(refitted, since[i] as number);
  }
}
