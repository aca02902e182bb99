import type { Series } from "../../core/forecast/forecaster.ts";
import { makeForecaster } from "../../core/forecast/online/make-forecaster.ts";
import type { Sources } from "../../core/forecast/online/series-forecaster.ts";
import type { ForecastSettings } from "../../core/forecast/session/forecast-settings.ts";
import { type ValueForecast, ValueForecaster } from "../../core/forecast/session/value-forecaster.ts";
import type { Millis } from "../../core/ports.ts";
import type { HistoryKeeper, Keepable } from "./history-keeper.ts";
import { SeriesTable } from "./series-table.ts";

export interface ValueForecastsOptions {
  readonly settings: ForecastSettings;
  readonly most: number;
  readonly sources: Sources;
  readonly keeper: HistoryKeeper;
  readonly onForecast: (series: string, forecast: ValueForecast) => void;
}

interface Tracked extends Keepable {
  readonly forecaster: ValueForecaster;
}

/** Any numbers, each series with its forecaster. */
export class ValueForecasts {
  readonly #options: ValueForecastsOptions;
  readonly #table: SeriesTable<Tracked>;

  constructor(options: ValueForecastsOptions) {
    this.#options = options;
    this.#table = new SeriesTable(options.most, (tracked) => {
      options.keeper.save(tracked);
      tracked.forecaster.rest();
    });
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
    const { settings, sources, keeper } = this.#options;
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
    const tracked = { name: series, forecaster: new ValueForecaster(options, nowMs), savedAtMs: nowMs };
    keeper.begin(tracked, nowMs);
    return tracked;
  }

  /** What the network learns from. */
  *fleet(): Iterable<Series> {
    const { stepMs } = this.#options.settings;
    for (const { forecaster } of this.#table.values())
      for (const values of forecaster.kept.series) yield { values, stepMs };
  }

  /** Keeps all histories; resolves when that is done. */
  close(): Promise<void> {
    return this.#options.keeper.close(this.#table.values());
  }

  begin(): Iterable<Tracked> {
    return this.#table.values();
  }

  step(tracked: Tracked, nowMs: Millis): void {
    const forecast = tracked.forecaster.step(nowMs);
    if (!forecast) return;
    this.#options.keeper.step(tracked, nowMs);
    this.#options.onForecast(tracked.name, forecast);
  }
}
