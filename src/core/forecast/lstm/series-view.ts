import { findSeasonalLag, type SeasonalLag } from "./seasonal-lag.ts";

/** How the network looks at a series; plain data, worth keeping between forecasts of one series. */
export interface SeriesView extends SeasonalLag {
  /** Size of value up to which the scale is nearly linear, and above which it is logarithmic. */
  readonly unit: number;
}

/** Unit over the mean size: a plain log1p made an outage (0 among 150s) 30 times as far away as a 15 % move. */
const MEANS_A_UNIT = 3;
/** Largest exponent whose power is finite. */
const MAX_LOG = 700;

export const toLog = (value: number, { unit }: SeriesView): number =>
  Number.isFinite(value) ? Math.sign(value) * Math.log1p(Math.abs(value) / unit) : Number.NaN;

export const fromLog = (value: number, { unit }: SeriesView): number =>
  Math.sign(value) * unit * Math.expm1(Math.min(Math.abs(value), MAX_LOG));

/** The values as the network takes them; what isn't finite counts as missing (NaN). */
export function logarithms(values: ArrayLike<number>, view: SeriesView): Float64Array {
  const logs = new Float64Array(values.length);
  for (let i = 0; i < logs.length; i++) logs[i] = toLog(values[i] as number, view);
  return logs;
}

/** A view chosen on the first `length` values, for forecasts `horizon` steps ahead. */
export function viewOf(
  values: ArrayLike<number>,
  horizon: number,
  length: number = values.length,
): SeriesView {
  const unit = MEANS_A_UNIT * meanSize(values, length) || 1;
  const start = { unit: Math.min(unit, Number.MAX_VALUE), lag: 1, gain: 0, error: 0 };
  const logs = logarithms(values, start).subarray(0, length);
  return { unit: start.unit, ...findSeasonalLag(logs, horizon) };
}

/** Mean |value|; summed relative to the largest, which must not overflow. */
function meanSize(values: ArrayLike<number>, length: number): number {
  let largest = 0;
  for (let i = 0; i < length; i++) {
    const size = Math.abs(values[i] as number);
    if (size > largest && size < Number.POSITIVE_INFINITY) largest = size;
  }
  if (largest === 0) return 0;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < length; i++) {
    const share = Math.abs(values[i] as number) / largest;
    if (share <= 1) {
      sum += share;
      count++;
    }
  }
  return largest * (sum / count);
}
