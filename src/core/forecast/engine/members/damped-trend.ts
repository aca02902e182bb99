import { fromLog, type LogScale, logsOfPast, scaleOfPast } from "../log-scale.ts";
import type { Past } from "../past.ts";
import { bounded, type Standard, standardOf } from "../standard.ts";
import type { Member } from "./member.ts";

/** Smoothing of level, trend and season. */
interface Rates {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  /** What is left of the trend a step later. */
  readonly phi: number;
}

/** Exponential smoothing with a damped trend and an additive season (Gardner & McKenzie 1985), on the logarithmic scale. */
export interface DampedTrendModel extends Rates {
  readonly scale: LogScale;
  readonly reach: Standard;
  /** Steps; 1: none. */
  readonly season: number;
}

const ALPHAS: readonly number[] = [0.05, 0.15, 0.4, 0.8];
const BETAS: readonly number[] = [0, 0.02, 0.1];
const PHIS: readonly number[] = [0.8, 0.95];
const GAMMAS: readonly number[] = [0.05, 0.2, 0.5];

class Smoothing {
  readonly #rates: Rates;
  readonly #seasonal: Float64Array;
  #level: number;
  #trend = 0;
  #step = 0;
  error = 0;

  constructor(rates: Rates, season: number, logs: Float64Array) {
    this.#rates = rates;
    this.#level = mean(logs.subarray(0, season));
    this.#seasonal = logs.slice(0, season).map((value) => (season > 1 ? value - this.#level : 0));
  }

  advance(logs: Float64Array, until: number): void {
    const { alpha, beta, gamma, phi } = this.#rates;
    for (; this.#step < until; this.#step++) {
      const phase = this.#step % this.#seasonal.length;
      const expected = this.#level + phi * this.#trend;
      const error = (logs[this.#step] as number) - expected - (this.#seasonal[phase] as number);
      this.error += Math.abs(error);
      this.#level = expected + alpha * error;
      this.#trend = phi * this.#trend + alpha * beta * error;
      if (this.#seasonal.length > 1)
        this.#seasonal[phase] = (this.#seasonal[phase] as number) + gamma * (1 - alpha) * error;
    }
  }

  path(h: number): Float64Array {
    const { phi } = this.#rates;
    let trend = this.#trend;
    let level = this.#level;
    return Float64Array.from({ length: h }, (_, i) => {
      trend *= phi;
      level += trend;
      return level + (this.#seasonal[(this.#step + i) % this.#seasonal.length] as number);
    });
  }
}

const mean = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Every combination that is tried. */
function ratesTried(season: number): Rates[] {
  const gammas = season > 1 ? GAMMAS : [0];
  return ALPHAS.flatMap((alpha) =>
    BETAS.flatMap((beta) =>
      // Without a trend nothing is damped.
      (beta === 0 ? PHIS.slice(0, 1) : PHIS).flatMap((phi) =>
        gammas.map((gamma) => ({ alpha, beta, gamma, phi })),
      ),
    ),
  );
}

function bestRates(logs: Float64Array, season: number): Rates {
  const tried = ratesTried(season);
  const errors = tried.map((rates) => {
    const smoothing = new Smoothing(rates, season, logs);
    smoothing.advance(logs, logs.length);
    return smoothing.error;
  });
  return tried[errors.indexOf(Math.min(...errors))] ?? (tried[0] as Rates);
}

function pathsFrom(
  model: DampedTrendModel,
  past: Past,
  origins: readonly number[],
  h: number,
): Float64Array[] {
  const { scale, reach, season } = model;
  const logs = logsOfPast(past, scale);
  const smoothing = new Smoothing(model, season, logs);
  return origins.map((origin) => {
    smoothing.advance(logs, origin);
    return smoothing.path(h).map((value) => fromLog(scale, bounded(reach, value)));
  });
}

export const dampedTrend: Member<DampedTrendModel> = {
  name: "damped trend",
  heedsSeasons: true,

  fit(past, length, { seasons }, start) {
    const scale = start?.scale ?? scaleOfPast(past, length);
    const logs = logsOfPast(past, scale).subarray(0, length);
    const reach = standardOf(logs);
    if (reach === undefined) return;
    const season = seasons.find((one) => 2 * one <= length) ?? 1;
    return { ...bestRates(logs, season), scale, reach, season };
  },

  path: (model, past, origin, h) => pathsFrom(model, past, [origin], h)[0] as Float64Array,
  paths: pathsFrom,
};
