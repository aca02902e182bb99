import type { Forecast, ForecastOptions, Level, OnlineForecaster } from "../forecaster.ts";
import { type ForecastMember, membersOf, soleMember } from "../member-weights.ts";
import { BAND_CELLS, BAND_RESIDUALS, ConformalBand } from "./conformal-band.ts";
import { History } from "./history.ts";
import {
  AWAITED_CELLS,
  Awaited,
  BUCKETS,
  bucketOf,
  FIRST_HORIZONS,
  FLAT_CELLS,
  flatDue,
  putFlat,
} from "./horizon-buckets.ts";
import { type Bounds, boundsOf, within } from "./output-gate.ts";
import type { NetworkSource, Path, PathSource } from "./path.ts";
import { MEMBER_CELLS, PathMember } from "./path-member.ts";
import { EVERY_STEPS, MOST_VALUES, requestPath } from "./refit.ts";
import { ERROR_CELLS, RollingError } from "./rolling-error.ts";
import type { Cells, Scale } from "./scale.ts";
import { SimpleSmoothing, SMOOTHING_CELLS, SMOOTHING_TURNS } from "./simple-smoothing.ts";

export interface EnsembleOptions {
  readonly scale: Scale;
  readonly level: Level;
  /** Steps ahead that will be asked for. */
  readonly horizon: number;
  /** Names the series to `paths`. */
  readonly series: string;
  /** Another model's forecasts; without it, smoothing and what `offer` is given. */
  readonly paths?: PathSource | undefined;
  /** The fleet's network, whose forecasts count where they prove better. */
  readonly network?: NetworkSource | undefined;
  /** The values to fit on: whoever has it adds each to it before it is observed; without it the ensemble keeps its own. */
  readonly history?: History | undefined;
}

/** Where things begin in an ensemble's one array: each array has a header of 200 bytes. */
const BAND: number = SMOOTHING_CELLS;
const MADE: number = BAND + BAND_CELLS;
const ERRORS: number = MADE + AWAITED_CELLS;
const NAIVE_ERRORS: number = ERRORS + ERROR_CELLS;
const SMOOTHED: number = NAIVE_ERRORS + ERROR_CELLS;
/** Most sessions have a rhythm, which is a member: its room is there from the start. */
const FIRST_MEMBER: number = SMOOTHED + FLAT_CELLS;
const CELLS: number = FIRST_MEMBER + MEMBER_CELLS;
const SMOOTHED_NAME = "ses";
const NETWORK = "lstm";
/** Values without which the network sees too little. */
const LEAST_CONTEXT = 48;
/** Of most sessions: one for all of them. */
const ALONE: readonly ForecastMember[] = soleMember(SMOOTHED_NAME);
const NO_MEMBERS: readonly PathMember[] = [];

/** As long as it will be from the start: an array that grew keeps room it never needs. */
const zeros = (length: number): number[] => Array.from({ length }, () => 0);

/**
 * Smoothing, and paths from elsewhere that proved better at their horizon, with an interval from the past errors
 * of the whole. O(1) per step. Its verdict on itself is of forecasts it really made, of steps that really came.
 */
export class OnlineEnsemble implements OnlineForecaster {
  readonly #options: EnsembleOptions;
  readonly #smoothing: SimpleSmoothing;
  /** Of most sessions there are none. */
  #members: readonly PathMember[] = NO_MEMBERS;
  readonly #band: ConformalBand;
  /** Where nobody else keeps the values that paths are made of. */
  readonly #ownHistory: History | undefined;
  #sinceRequest = EVERY_STEPS;
  readonly #cells: Cells;
  #step = 0;
  #trainedOn = 0;
  #lowest = Number.POSITIVE_INFINITY;
  #highest = Number.NEGATIVE_INFINITY;

  constructor(options: EnsembleOptions) {
    const { scale, level, paths, history } = options;
    const cells = scale.cells(CELLS);
    const turns = new Uint8Array(BAND_RESIDUALS + SMOOTHING_TURNS);
    this.#options = options;
    this.#cells = cells.fill(Number.NaN, SMOOTHED, FIRST_MEMBER);
    this.#smoothing = new SimpleSmoothing(scale, { cells, from: 0, turns, turnsFrom: BAND_RESIDUALS });
    const residuals = scale.residuals(BAND_RESIDUALS);
    this.#band = new ConformalBand(level, scale, { cells, cellsFrom: BAND, residuals, turns });
    this.#made.clear();
    if (paths && !history) this.#ownHistory = new History(MOST_VALUES, scale.values);
  }

  // Views: there are thousands of ensembles, and each would be an object of its own.
  get #made(): Awaited {
    return new Awaited(this.#cells, MADE);
  }

  get #errors(): RollingError {
    return new RollingError(this.#cells, ERRORS);
  }

  get #naiveErrors(): RollingError {
    return new RollingError(this.#cells, NAIVE_ERRORS);
  }

  /** Values that were not missing. */
  get trainedOn(): number {
    return this.#trainedOn;
  }

  observe(value: number): void {
    this.#step++;
    this.#ownHistory?.add(value);
    if (!Number.isNaN(value)) this.#learn(value);
    this.#smoothing.observe(this.#step, value);
    if (this.#trainedOn === 0) return;
    if (++this.#sinceRequest > EVERY_STEPS) this.#request();
    this.#putDown();
  }

  /** A path that begins after the latest step, e.g. from the device's own rhythm; scored from the next step on. */
  offer(name: string, path: Path): void {
    this.#member(name).take(path, this.#step);
    if (this.#trainedOn > 0) this.#putDown();
  }

  predict({ h, level, nonNegative }: ForecastOptions): Forecast {
    this.#band.setLevel(level);
    const [median, lower, upper] = [zeros(h), zeros(h), zeros(h)];
    const { from, to } = this.#options.scale;
    const bounds = this.#bounds;
    const floor = nonNegative ? 0 : Number.NEGATIVE_INFINITY;
    for (let ahead = 1; ahead <= h; ahead++) {
      const point = Math.max(floor, this.at(ahead));
      const [down, up] = this.#band.offsets(bucketOf(ahead));
      const scaled = to(point);
      median[ahead - 1] = point;
      lower[ahead - 1] = Math.min(point, Math.max(floor, within(bounds, from(scaled + down))));
      upper[ahead - 1] = Math.max(point, within(bounds, from(scaled + up)));
    }
    return { median, lower, upper, level, model: this.#model };
  }

  /** The median of one horizon. */
  at(ahead: number): number {
    return within(this.#bounds, this.#combined(ahead));
  }

  /** 1 - error / naive error, rolling. */
  get skill(): number {
    const naive = this.#naiveErrors.total;
    return naive > 0 ? 1 - this.#errors.total / naive : 0;
  }

  get #model(): Forecast["model"] {
    const used = this.#members.filter(({ isUsed }) => isUsed).map(({ name }) => name);
    return {
      name: [SMOOTHED_NAME, ...used].join(" + "),
      skill: this.skill,
      trainedOn: this.#trainedOn,
      seasons: [],
      members: this.#membersNow,
    };
  }

  /** Each one's part of the forecast, the mean over its horizons. */
  get #membersNow(): readonly ForecastMember[] {
    if (this.#members.length === 0) return ALONE;
    const parts = new Map([[SMOOTHED_NAME, 0]]);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const weights = this.#members.map((member) => [member.name, member.weight(bucket)] as const);
      const total = weights.reduce((sum, [, weight]) => sum + weight, 1);
      for (const [name, weight] of [[SMOOTHED_NAME, 1] as const, ...weights])
        parts.set(name, (parts.get(name) ?? 0) + weight / total);
    }
    const skills = this.#memberSkills;
    return membersOf(Array.from(parts, ([name, weight]) => [name, weight, skills.get(name)] as const));
  }

  /** Each one alone against naive; smoothing by the steps at which the first other one was scored. */
  get #memberSkills(): ReadonlyMap<string, number> {
    const skills = new Map<string, number>();
    for (const member of this.#members) {
      const { own, smoothed, naive } = member.errorsBeside(this.#naiveErrors);
      if (naive <= 0) continue;
      skills.set(member.name, 1 - own / naive);
      if (!skills.has(SMOOTHED_NAME)) skills.set(SMOOTHED_NAME, 1 - smoothed / naive);
    }
    return skills;
  }

  get #bounds(): Bounds {
    return this.#trainedOn === 0 ? { least: 0, most: 0 } : boundsOf(this.#lowest, this.#highest);
  }

  get #scaledBounds(): Bounds {
    const { to } = this.#options.scale;
    return boundsOf(to(this.#lowest), to(this.#highest));
  }

  #request(): void {
    const { scale, horizon, series, paths, history = this.#ownHistory } = this.#options;
    if (!history) return;
    this.#askNetwork(history);
    if (!paths) return;
    const origin = this.#step;
    const bounds = this.#scaledBounds;
    const onPath = (path: Path): void => this.#member("arima").take(path, origin);
    if (requestPath({ series, source: paths, scale, horizon, history, bounds, onPath }))
      this.#sinceRequest = 0;
  }

  #askNetwork(history: History): void {
    const { horizon, series, network } = this.#options;
    if (!network?.isReady || history.size < LEAST_CONTEXT) return;
    this.#sinceRequest = 0;
    const origin = this.#step;
    const deliver = (path: Path): void => {
      const isKnown = this.#members.some(({ name }) => name === NETWORK);
      if (path.length > 0 || isKnown) this.#member(NETWORK).take(path, origin);
    };
    network.request({ series, values: history.latest(), h: horizon + EVERY_STEPS, deliver });
  }

  #member(name: string): PathMember {
    const known = this.#members.find((member) => member.name === name);
    if (known) return known;
    const { scale } = this.#options;
    const isFirst = this.#members.length === 0;
    const member = isFirst
      ? new PathMember(name, scale, this.#cells, FIRST_MEMBER)
      : new PathMember(name, scale);
    this.#members = [...this.#members, member];
    return member;
  }

  /** Scores what was said of this step before any of it is learnt. */
  #learn(value: number): void {
    const { to } = this.#options.scale;
    const scaled = to(value);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const made = this.#made.due(bucket, this.#step);
      if (Number.isNaN(made)) continue;
      this.#errors.add(bucket, value - made);
      this.#naiveErrors.add(bucket, value - this.#smoothing.naiveDue(bucket, this.#step));
      this.#band.add(bucket, scaled - to(made));
      const smoothed = flatDue(this.#cells, SMOOTHED, bucket, this.#step);
      for (const member of this.#members) member.score(bucket, this.#step, value, smoothed);
    }
    this.#trainedOn++;
    this.#lowest = Math.min(this.#lowest, value);
    this.#highest = Math.max(this.#highest, value);
  }

  /** Keeps what is forecast at this step until the steps come. */
  #putDown(): void {
    const { from } = this.#options.scale;
    putFlat(this.#cells, SMOOTHED, this.#step, from(this.#smoothing.level));
    const bounds = this.#bounds;
    for (const member of this.#members) member.put(this.#step, bounds);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      this.#made.put(bucket, this.#step, this.#combined(FIRST_HORIZONS[bucket] ?? 1));
    }
  }

  /** Weighted mean of those that count at this horizon. */
  #combined(ahead: number): number {
    if (this.#trainedOn === 0) return 0;
    const bucket = bucketOf(ahead);
    let total = this.#options.scale.from(this.#smoothing.level);
    let weights = 1;
    const bounds = this.#bounds;
    for (const member of this.#members) {
      const point = member.at(this.#step + ahead, bounds);
      const weight = Number.isNaN(point) ? 0 : member.weight(bucket);
      if (weight === 0) continue;
      total += weight * point;
      weights += weight;
    }
    return total / weights;
  }
}
