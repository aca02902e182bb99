import { makeForecaster, type Sources } from "../../core/forecast/online/make-forecaster.ts";
import type { ForecastSettings } from "../../core/forecast/session/forecast-settings.ts";
import { type ValueForecast, ValueForecaster } from "../../core/forecast/session/value-forecaster.ts";
import type { Millis } from "../../core/ports.ts";
import { SeriesTable } from "./series-table.ts";

export interface ValueForecastsOptions {
  readonly settings: ForecastSettings;
  readonly most: number;
  readonly sources: Sources;
  readonly onForecast: (series: string, forecast: ValueForecast) => void;
}

interface Tracked {
  readonly series: string;
  readonly forecaster: ValueForecaster;
}

/** Any numbers, each series with its forecaster. */
export class ValueForecasts {
  readonly #options: ValueForecastsOptions;
  readonly #table: SeriesTable<Tracked>;

  constructor(options: ValueForecastsOptions) {
    this.#options = options;
    this.#table = new SeriesTable(options.most);
  }

  get size(): number {
    return this.#table.size;
  }

  /** The latest forecast of the value's series, if there is one. */
  add(series: string, value: number, nowMs: Millis): ValueForecast | undefined {
    const { forecaster } = this.#table.get(series, () => this.#make(series, nowMs));
    forecaster.add(value, nowMs);
    return forecaster.latest;
  }

  #make(series: string, nowMs: Millis): Tracked {
    const { settings, sources } = this.#options;
    const { stepMs, horizon, level, aggregation, missing } = settings;
    const options = {
      series,
      stepMs,
      horizon,
      level,
      aggregation,
      missing,
      ...sources,
      make: makeForecaster,
    };
    return { series, forecaster: new ValueForecaster(options, nowMs) };
  }

  begin(): Iterable<Tracked> {
    return this.#table.values();
  }

  step({ series, forecaster }: Tracked, nowMs: Millis): void {
    const forecast = forecaster.step(nowMs);
    if (forecast) this.#options.onForecast(series, forecast);
  }
}
