import { type Arma, continued, fitArma, shocksOf } from "../arma.ts";
import { fromLog, type LogScale, logsOfPast, scaleOfPast } from "../log-scale.ts";
import type { Past } from "../past.ts";
import { bounded, type Standard, standardOf } from "../standard.ts";
import type { Member } from "./member.ts";

/**
 * Seasonal ARIMA (Box & Jenkins 1970) on the logarithmic scale. Differences are taken where they vary clearly less
 * than what they are taken of; what is left is an ARMA that is always stationary and invertible.
 */
export interface SarimaModel {
  readonly scale: LogScale;
  /** Of the logarithms: what no forecast leaves. */
  readonly reach: Standard;
  /** Lags that differences were taken at, in this order. */
  readonly differences: readonly number[];
  readonly rest: Standard;
  readonly arma: Arma;
}

/** Share of the variance that differences may have left. */
const SEASONAL_LEFT = 0.6;
const PLAIN_LEFT = 0.5;
/** Longer seasons make two cycles of shocks unknown. */
const LONGEST_SEASON = 200;

function differenced(values: Float64Array, lag: number): Float64Array {
  const result = new Float64Array(Math.max(0, values.length - lag));
  for (let i = 0; i < result.length; i++) result[i] = (values[i + lag] as number) - (values[i] as number);
  return result;
}

function varianceOf(values: Float64Array): number {
  const scale = standardOf(values)?.scale ?? 0;
  return scale * scale;
}

const allDifferences = (values: Float64Array, lags: readonly number[]): Float64Array =>
  lags.reduce(differenced, values);

/** Values from the differences of them that follow: the other way round. */
function summed(known: Float64Array, lags: readonly number[], path: Float64Array): Float64Array {
  const [lag, ...others] = lags;
  if (lag === undefined) return path;
  const inner = summed(differenced(known, lag), others, path);
  const line = new Float64Array(lag + path.length);
  line.set(known.subarray(known.length - lag));
  for (let i = 0; i < path.length; i++) line[lag + i] = (line[i] as number) + (inner[i] as number);
  return line.subarray(lag);
}

function chosenDifferences(logs: Float64Array, season: number): number[] {
  const lags: number[] = [];
  let left = logs;
  for (const [lag, most] of [
    [season, SEASONAL_LEFT],
    [1, PLAIN_LEFT],
  ] as const) {
    if (lag === 0) continue;
    const next = differenced(left, lag);
    if (!(varianceOf(next) < most * varianceOf(left))) continue;
    lags.push(lag);
    left = next;
  }
  return lags;
}

/** A series that wanders has no drift that could be told from chance: it isn't carried on. */
function withoutDrift(rest: Standard | undefined, differences: readonly number[]): Standard | undefined {
  return rest && differences.length > 0 ? { ...rest, mean: 0 } : rest;
}

function unitsOf({ mean, scale }: Standard, values: Float64Array): Float64Array {
  return values.map((value) => (value - mean) / scale);
}

function pathFrom(
  model: SarimaModel,
  logs: Float64Array,
  units: Float64Array,
  shocks: Float64Array,
  h: number,
): Float64Array {
  const { scale, reach, differences, rest, arma } = model;
  const path = continued(arma, units, shocks, h).map((value) => rest.mean + rest.scale * value);
  return summed(logs, differences, path).map((value) => fromLog(scale, bounded(reach, value)));
}

function pathsFrom(model: SarimaModel, past: Past, origins: readonly number[], h: number): Float64Array[] {
  const logs = logsOfPast(past, model.scale).subarray(0, origins.at(-1) ?? 0);
  const units = unitsOf(model.rest, allDifferences(logs, model.differences));
  const shocks = shocksOf(model.arma, units);
  const lost = logs.length - units.length;
  return origins.map((origin) => {
    const known = Math.max(0, origin - lost);
    return pathFrom(model, logs.subarray(0, origin), units.subarray(0, known), shocks.subarray(0, known), h);
  });
}

export const sarima: Member<SarimaModel> = {
  name: "sarima",
  heedsSeasons: true,

  fit(past, length, { seasons }, start) {
    const scale = start?.scale ?? scaleOfPast(past, length);
    const logs = logsOfPast(past, scale).subarray(0, length);
    const reach = standardOf(logs);
    if (reach === undefined) return;
    const season = seasons.find((one) => one <= LONGEST_SEASON && 3 * one <= length) ?? 0;
    const differences = chosenDifferences(logs, season);
    const left = allDifferences(logs, differences);
    const rest = withoutDrift(standardOf(left), differences);
    const arma = rest && fitArma(unitsOf(rest, left), season);
    return rest && arma && { scale, reach, differences, rest, arma };
  },

  path: (model, past, origin, h) => pathsFrom(model, past, [origin], h)[0] as Float64Array,
  paths: pathsFrom,
};
