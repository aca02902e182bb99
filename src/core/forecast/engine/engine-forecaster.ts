import type { Millis } from "../../ports.ts";
import type { Forecast, ForecastOptions, OnlineForecaster } from "../forecaster.ts";
import { type Fit, fitSeries, type MemberTable, predict, update } from "./engine.ts";
import { hasDrifted, promise } from "./watch.ts";

const HOUR_MS: Millis = 3_600_000;
/** A series is fitted again when its past has grown by half: a young one's first models knew little. */
const GROWTH = 0.5;

export interface EngineOptions {
  readonly stepMs: Millis;
  /** Steps ahead that will be asked for. */
  readonly h: number;
  /** Members besides the engine's own. */
  readonly also?: MemberTable;
}

/**
 * The engine over a running series. It never refits by itself: where `isRefitDue`, somebody fits a copy of
 * `history` (in a worker) and hands the result to `adopt`.
 */
export class EngineForecaster implements OnlineForecaster {
  #fit: Fit;
  readonly #also: MemberTable;

  constructor({ stepMs, h, also = {} }: EngineOptions, past: ArrayLike<number> = []) {
    this.#also = also;
    this.#fit = fitSeries({ values: past, stepMs }, { h, also });
  }

  /** Goes on from a fit that was kept. */
  static from(kept: Fit, also: MemberTable = {}): EngineForecaster {
    const forecaster = new EngineForecaster({ stepMs: kept.stepMs, h: kept.h, also });
    forecaster.#fit = kept;
    return forecaster;
  }

  /** What to keep: plain data. */
  get fit(): Fit {
    return this.#fit;
  }

  /** On drift, when the past has grown by half since, at the latest hourly. */
  get isRefitDue(): boolean {
    const { age, stepMs, trainedOn, watch } = this.#fit;
    return age > 0 && (hasDrifted(watch) || age >= GROWTH * trainedOn || age * stepMs >= HOUR_MS);
  }

  /** Values to fit on, oldest first; NaN = missing. */
  history(): Float64Array {
    const { values, seen, length } = this.#fit.past;
    return values.slice(0, length).map((value, i) => (seen[i] ? value : Number.NaN));
  }

  observe(value: number): void {
    update(this.#fit, value);
  }

  predict(options: ForecastOptions): Forecast {
    const forecast = predict(this.#fit, options, this.#also);
    promise(this.#fit.watch, forecast);
    return forecast;
  }

  /** Takes a fit made elsewhere of `history()`, and the steps that came while it was made. */
  adopt(refitted: Fit, since: ArrayLike<number> = []): void {
    this.#fit = refitted;
    for (let i = 0; i < since.length; i++) update(refitted, since[i] as number);
  }
}
