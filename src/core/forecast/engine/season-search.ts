import { autocorrelation } from "./autocorrelation.ts";
import { logsOfPast, scaleOfPast } from "./log-scale.ts";
import type { Past } from "./past.ts";

/**
 * Seasons of any length, from what the series itself tells: peaks of the autocorrelation (Box & Jenkins 1970), on a
 * logarithmic scale so that bursts don't rule it. They are candidates only: whoever uses them tests what they gain.
 */

/** A season shorter than this is a matter of the last few values, which regressions have anyway. */
const SHORTEST = 4;
const CYCLES = 2;
/** Seasons looked for besides the known ones. */
const MOST_FOUND = 2;
/** A peak rises above its valleys by this many standard errors: some hundred lags are looked at. */
const STANDARD_ERRORS = 4;
/** And by so much of the whole variation. */
const LEAST_RISE = 0.3;
/** Its multiples peak as well: the shortest lag that rises nearly as high is the season. */
const NEARLY = 0.75;
/** A multiple of it is a better season where its autocorrelation is higher by this; at most so many times as long. */
const CLEARLY = 0.2;
const MOST_MULTIPLE = 5;
/** A shorter season inside a longer one rises less: by so much of it at least. */
const INSIDE = 0.4;
/** Seasons that differ by less than this share are the same peak. */
const NEAR = 0.05;

interface Peak {
  readonly lag: number;
  /** Height above the valleys half a season before and after. */
  readonly rise: number;
}

/** Values less their straight trend, 0 where nothing was seen. */
function detrended(values: Float64Array, seen: Uint8Array): Float64Array {
  let count = 0;
  let sumT = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    if (!seen[i]) continue;
    count++;
    sumT += i;
    sum += values[i] as number;
  }
  const [middle, mean] = [sumT / count, sum / count];
  let slope = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    if (!seen[i]) continue;
    slope += (i - middle) * ((values[i] as number) - mean);
    squares += (i - middle) ** 2;
  }
  slope = squares > 0 ? slope / squares : 0;
  return values.map((value, i) => (seen[i] ? value - mean - slope * (i - middle) : 0));
}

/** Standard error of an autocorrelation beyond the series' short memory (Bartlett 1946). */
function standardError(correlation: Float64Array, count: number): number {
  let sum = 0;
  for (let lag = 1; lag < correlation.length; lag++) {
    const r = correlation[lag] as number;
    if (r < 0.1) break;
    sum += r * r;
  }
  return Math.sqrt((1 + 2 * sum) / count);
}

/** Height of a lag above the mean of its valleys, so that a slow wander, high at all lags, doesn't count. */
function riseOf(correlation: Float64Array, lag: number): number {
  const before = correlation[Math.round(lag / 2)] as number;
  const after = correlation[Math.round(1.5 * lag)] ?? before;
  return (correlation[lag] as number) - Math.max(before, (before + after) / 2);
}

/** Highest of the lags around it, an eighth of it to each side. */
function isSummit(correlation: Float64Array, lag: number): boolean {
  const reach = Math.max(1, lag >> 3);
  const height = correlation[lag] as number;
  for (let i = 1; i <= reach; i++) {
    if (height < (correlation[lag - i] as number) || height <= (correlation[lag + i] ?? -1)) return false;
  }
  return true;
}

function peaksOf(correlation: Float64Array, seen: Uint8Array): Peak[] {
  const count = seen.reduce((sum, one) => sum + one, 0);
  const error = standardError(correlation, count);
  const peaks: Peak[] = [];
  for (let lag = SHORTEST; CYCLES * lag <= seen.length; lag++) {
    const least = Math.max(
      LEAST_RISE,
      STANDARD_ERRORS * error * Math.sqrt(seen.length / (seen.length - lag)),
    );
    const rise = riseOf(correlation, lag);
    if (rise >= least && isSummit(correlation, lag)) peaks.push({ lag, rise });
  }
  return peaks;
}

/** The shortest that rises nearly as high as the highest, or that the highest is a whole multiple of. */
function baseOf(peaks: readonly Peak[]): Peak | undefined {
  const highest = peaks.reduce<Peak | undefined>(
    (best, peak) => (best && best.rise >= peak.rise ? best : peak),
    undefined,
  );
  return peaks.find(({ lag, rise }) => {
    const { lag: longest, rise: most } = highest as Peak;
    return rise >= (longest % lag === 0 ? INSIDE : NEARLY) * most;
  });
}

/**
 * The lag itself, or a multiple of the true season that tells clearly more: that of 7.5 steps is 15. Whole multiples
 * are found once the lag's own season is taken out.
 */
function fittingMultiple(correlation: Float64Array, { lag }: Peak): number {
  let best = lag;
  for (let multiple = 2; multiple <= MOST_MULTIPLE; multiple++) {
    const reach = Math.ceil(multiple / 2);
    for (let at = multiple * lag - reach; at <= multiple * lag + reach; at++) {
      const gain = (correlation[at] ?? -1) - (correlation[best] as number);
      if (gain > CLEARLY) best = at;
    }
  }
  return best % lag === 0 ? lag : best;
}

/** Mean of each phase, and how much of the squares it explains. */
function phaseMeans(
  rest: Float64Array,
  seen: Uint8Array,
  season: number,
): { means: Float64Array; explained: number } {
  const sums = new Float64Array(season);
  const counts = new Float64Array(season);
  for (let i = 0; i < rest.length; i++) {
    const phase = i % season;
    if (!seen[i]) continue;
    sums[phase] = (sums[phase] as number) + (rest[i] as number);
    counts[phase] = (counts[phase] as number) + 1;
  }
  const means = sums.map((sum, phase) => sum / Math.max(1, counts[phase] as number));
  const explained = means.reduce((sum, mean, phase) => sum + mean * mean * (counts[phase] as number), 0);
  return { means, explained };
}

/** The season near this one that leaves least unexplained, each phase's mean counted: noise moves a peak. */
function refined(rest: Float64Array, seen: Uint8Array, season: number): number {
  const squares = rest.reduce((sum, value) => sum + value * value, 0);
  const reach = Math.max(1, Math.round(season * NEAR));
  let best = season;
  let least = Number.POSITIVE_INFINITY;
  for (let near = season - reach; near <= season + reach; near++) {
    const unexplained = (squares - phaseMeans(rest, seen, near).explained) / (rest.length - near);
    if (unexplained >= least) continue;
    best = near;
    least = unexplained;
  }
  return best;
}

/** Takes out the mean of each phase: nothing of that season is left. */
function takeOut(rest: Float64Array, seen: Uint8Array, season: number): void {
  const { means } = phaseMeans(rest, seen, season);
  for (let i = 0; i < rest.length; i++)
    if (seen[i]) rest[i] = (rest[i] as number) - (means[i % season] as number);
}

/** In steps, in the order found: each in what the known ones and those before it leave. */
export function searchSeasons(past: Past, known: readonly number[] = []): number[] {
  const { values, seen } = past;
  const rest = detrended(logsOfPast(past, scaleOfPast(past, values.length)), seen);
  for (const season of known) takeOut(rest, seen, season);
  const found: number[] = [];
  while (found.length < MOST_FOUND) {
    const correlation = autocorrelation(rest, seen, Math.floor(values.length / CYCLES));
    const base = baseOf(peaksOf(correlation, seen));
    if (base === undefined) break;
    const season = refined(rest, seen, fittingMultiple(correlation, base));
    if ([...known, ...found].some((other) => Math.abs(other - season) <= 1)) break;
    found.push(season);
    takeOut(rest, seen, season);
  }
  return found;
}
