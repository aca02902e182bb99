import type { Millis } from "../../ports.ts";
import type { Forecast } from "../forecaster.ts";
import type { MakeForecaster, SeriesForecaster, Sources } from "../online/series-forecaster.ts";
import type { ForecastSettings } from "./forecast-settings.ts";
import { type KeptHistory, rejoined } from "./kept-history.ts";
import { type Bin, StepBins } from "./step-bins.ts";

/** `msg.forecast`: point i is for the step that ends at `atMs + (i + 1) * stepMs`. */
export interface ValueForecast extends Pick<Forecast, "median" | "lower" | "upper" | "level"> {
  readonly stepMs: Millis;
  readonly atMs: Millis;
  readonly horizon: number;
  readonly model: Pick<Forecast["model"], "name" | "skill" | "trainedOn">;
}

export interface ValueForecasterOptions
  extends Sources,
    Pick<ForecastSettings, "stepMs" | "horizon" | "level" | "aggregation" | "missing"> {
  readonly series: string;
  readonly make: MakeForecaster;
}

/** Values that a first forecast needs: of one there is no interval. */
const FEWEST = 2;

/** One series of numbers: a temperature, a power, anything. */
export class ValueForecaster {
  readonly #options: ValueForecasterOptions;
  readonly #bins: StepBins;
  readonly #make: () => SeriesForecaster;
  #forecaster: SeriesForecaster;
  #lastAtMs: Millis;
  #lastValue = Number.NaN;
  #isFirst = true;
  #isResting = false;
  #latest: ValueForecast | undefined;

  constructor(options: ValueForecasterOptions, nowMs: Millis) {
    const { series, stepMs, level, horizon, make, paths, fits, network, aggregation } = options;
    const nonNegative = aggregation === "count";
    this.#options = options;
    this.#bins = new StepBins(options.stepMs, nowMs);
    this.#make = () => make({ series, stepMs, level, horizon, paths, fits, network, nonNegative });
    this.#forecaster = this.#make();
    this.#lastAtMs = nowMs;
  }

  get latest(): ValueForecast | undefined {
    return this.#latest;
  }

  add(value: number, nowMs: Millis): void {
    this.#bins.add(value, nowMs);
    this.#lastAtMs = nowMs;
    this.#isResting = false;
  }

  /** It is silent, or let go. */
  rest(): void {
    this.#forecaster.rest();
  }

  /** What to keep of it while it is not in memory. */
  get kept(): KeptHistory {
    return { stepMs: this.#options.stepMs, end: this.#bins.end, series: [this.#forecaster.history()] };
  }

  /** Goes on from what was kept; what it has seen itself since comes after it. */
  resume({ stepMs, end, series: [values] }: KeptHistory): void {
    if (stepMs !== this.#options.stepMs || !values) return;
    const own = this.#forecaster.history();
    this.#forecaster.rest();
    this.#forecaster = this.#make();
    this.#forecaster.resume(rejoined(values, end, own, this.#bins.end));
  }

  /** Closes the steps that have passed; a new forecast, unless the series has been silent for a whole horizon. */
  step(nowMs: Millis): ValueForecast | undefined {
    const { stepMs, horizon } = this.#options;
    const atMs = Math.floor(nowMs / stepMs) * stepMs;
    if (this.#isResting) return undefined;
    this.#isResting = atMs - this.#lastAtMs > horizon * stepMs;
    if (this.#isResting) {
      this.rest();
      return undefined;
    }
    const closed = this.#bins.drain(nowMs, (bin) => this.#forecaster.observe(this.#valueOf(bin)));
    if (closed === 0 || this.#forecaster.trainedOn < FEWEST) return undefined;
    this.#latest = this.#compose(atMs);
    return this.#latest;
  }

  #compose(atMs: Millis): ValueForecast {
    const { stepMs, horizon, level, aggregation } = this.#options;
    const nonNegative = aggregation === "count";
    const { model, ...curves } = this.#forecaster.predict({ h: horizon, level, nonNegative });
    const { name, skill, trainedOn } = model;
    return { ...curves, stepMs, atMs, horizon, model: { name, skill, trainedOn } };
  }

  #valueOf(bin: Bin): number {
    const { aggregation, missing } = this.#options;
    // A step that had begun before its series counts too little; a mean or a last value is none the worse.
    const isPartial = this.#isFirst && (aggregation === "sum" || aggregation === "count");
    this.#isFirst = false;
    if (isPartial) return Number.NaN;
    // No message is a count, not a gap.
    if (aggregation === "count") return bin.count;
    if (bin.count > 0) this.#lastValue = aggregated(bin, aggregation);
    else if (missing === "gap") return Number.NaN;
    else if (missing === "zero") return 0;
    return this.#lastValue;
  }
}

function aggregated({ count, sum, last }: Bin, aggregation: "mean" | "sum" | "last"): number {
  if (aggregation === "last") return last;
  return aggregation === "sum" ? sum : sum / count;
}
