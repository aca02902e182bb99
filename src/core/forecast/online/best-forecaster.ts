import type { Fit } from "../engine/engine.ts";
import { EngineForecaster } from "../engine/engine-forecaster.ts";
import type { Forecast, ForecastOptions } from "../forecaster.ts";
import { Duel } from "./duel.ts";
import type { History } from "./history.ts";
import type { OnlineEnsemble } from "./online-ensemble.ts";
import type { Path } from "./path.ts";
import type { Scale } from "./scale.ts";
import type { SeriesForecaster, SeriesSpec } from "./series-forecaster.ts";

export interface BestOptions extends SeriesSpec {
  readonly scale: Scale;
  /** The values to fit on; undefined: none is fitted. */
  readonly history: History | undefined;
}

/** Values of which a first fit is made. */
const LEAST_VALUES = 24;
/** Steps between two wishes for a fit where the first found no room, or came to nothing. */
const AGAIN_STEPS = 40;
/** Kept values that the simple forecaster learns from, without missing ones: its memory is of 50 steps. */
const RELEARNT = 64;
/** Steps without a win after which the engine's room is better another's, and until it is tried anew. */
const LOST_STEPS = 100;
const RETRY_STEPS = 400;
/** The backtest chose among models; its verdict is this much too good to start by. */
const OPTIMISM = 0.1;
/** Growth of a short past after which a fit that lost is made anew: a second cycle changes everything. */
const GROWTH = 1.15;
const SHORT = 256;

/** The engine as it is used: what it says of the steps to come is made once per step. */
interface Challenger {
  readonly engine: EngineForecaster;
  duel: Duel;
  /** Values of the fit that the duel began with. */
  trainedOn: number;
  forecast: Forecast;
  /** Steps since it was last the one to believe. */
  lost: number;
}

/**
 * A simple forecaster from the first value on, and the engine once there is history and room for a fit; the one that
 * has erred less on the same steps forecasts. Per step O(1) but for the engine's forecast, which looks at the history
 * kept: fits are for those series only that gain by them.
 */
export class BestForecaster implements SeriesForecaster {
  readonly #options: BestOptions;
  readonly #simple: OnlineEnsemble;
  readonly #history: History | undefined;
  #challenger: Challenger | undefined;
  #step = 0;
  /** First step at which a fit may be asked for. */
  #askFrom = LEAST_VALUES;
  /** Step at which the fit that is awaited was asked for. */
  #asked: number | undefined;

  constructor(options: BestOptions, simple: OnlineEnsemble) {
    this.#options = options;
    this.#simple = simple;
    this.#history = options.history;
  }

  get trainedOn(): number {
    return this.#simple.trainedOn;
  }

  observe(value: number): void {
    this.#step++;
    this.#history?.add(value);
    this.#simple.observe(value);
    if (this.#challenger) this.#advance(this.#challenger, value);
    if (this.#step >= this.#askFrom && this.#isFitDue) this.#ask();
  }

  offer(name: string, path: Path): void {
    this.#simple.offer(name, path);
    if (this.#challenger) this.#putDown(this.#challenger);
  }

  rest(): void {
    this.#giveUp(1);
  }

  history(): Float64Array {
    return this.#history?.latest() ?? new Float64Array();
  }

  resume(values: Float64Array): void {
    for (const value of values) this.#history?.add(value);
    for (const value of values.subarray(fromLatest(values, RELEARNT))) this.#simple.observe(value);
    this.#step = values.length;
  }

  predict(options: ForecastOptions): Forecast {
    const challenger = this.#challenger;
    if (!challenger?.duel.isWon) return this.#simple.predict(options);
    const { horizon, level, nonNegative } = this.#options;
    const isUsual = options.h === horizon && options.level === level && options.nonNegative === nonNegative;
    const forecast = isUsual ? challenger.forecast : challenger.engine.predict(options);
    const { ratio } = challenger.duel;
    // Both sides' errors are of the same steps, and so is the naive one's that the simple one is measured by.
    const skill = ratio === undefined ? forecast.model.skill : 1 - ratio * (1 - this.#simple.skill);
    const name = `engine: ${forecast.model.name}`;
    return { ...forecast, model: { ...forecast.model, name, skill, trainedOn: this.trainedOn } };
  }

  get #isFitDue(): boolean {
    if (!this.#challenger) return true;
    const { engine, duel } = this.#challenger;
    const { age, trainedOn } = engine.fit;
    const isHopeful = !duel.isWon && trainedOn < SHORT && age >= (GROWTH - 1) * trainedOn;
    return isHopeful || engine.isRefitDue;
  }

  #advance(challenger: Challenger, value: number): void {
    const { engine, duel } = challenger;
    if (!Number.isNaN(value)) duel.score(this.#step, value);
    engine.observe(value);
    challenger.forecast = this.#say(engine);
    this.#putDown(challenger);
    challenger.lost = duel.isWon ? 0 : challenger.lost + 1;
    if (challenger.lost > LOST_STEPS) this.#giveUp(RETRY_STEPS);
  }

  #say(engine: EngineForecaster): Forecast {
    const { horizon: h, level, nonNegative } = this.#options;
    return engine.predict({ h, level, nonNegative });
  }

  #putDown({ duel, forecast }: Challenger): void {
    const challenging = (ahead: number): number => forecast.median[ahead - 1] ?? Number.NaN;
    duel.put(this.#step, (ahead) => this.#simple.at(ahead), challenging);
  }

  #ask(): void {
    const { fits, series, stepMs, horizon: h } = this.#options;
    if (!fits || !this.#history) return;
    const origin = this.#step;
    this.#asked = origin;
    this.#askFrom = origin + AGAIN_STEPS;
    const deliver = (fit: Fit): void => {
      if (this.#asked === origin) this.#adopt(fit, origin);
    };
    fits.request({ series, stepMs, h, values: this.#history.latest(), deliver });
  }

  #adopt(fit: Fit, origin: number): void {
    this.#asked = undefined;
    this.#askFrom = this.#step + 1;
    const engine = this.#challenger?.engine ?? EngineForecaster.from(fit);
    engine.adopt(fit, this.#history?.latest(this.#step - origin));
    const known = this.#challenger;
    const isPromising = fit.skill - OPTIMISM > this.#simple.skill;
    // The record of a fit that knew less says nothing of this one.
    const isOther = !known || (isPromising && fit.trainedOn >= GROWTH * known.trainedOn);
    const { duel, trainedOn } = isOther
      ? { duel: new Duel(this.#options.scale, isPromising), trainedOn: fit.trainedOn }
      : known;
    this.#challenger = { engine, duel, trainedOn, forecast: this.#say(engine), lost: 0 };
    this.#putDown(this.#challenger);
  }

  /** The room is another's; after so many steps the engine is tried anew. */
  #giveUp(steps: number): void {
    const { fits, series } = this.#options;
    this.#challenger = undefined;
    this.#asked = undefined;
    this.#askFrom = Math.max(LEAST_VALUES, this.#step + steps);
    fits?.release(series);
  }
}

/** Where the latest `count` values begin that are not missing: after a long absence there are none nearby. */
function fromLatest(values: Float64Array, count: number): number {
  let at = values.length;
  for (let known = 0; at > 0 && known < count; ) if (!Number.isNaN(values[--at])) known++;
  return at;
}
