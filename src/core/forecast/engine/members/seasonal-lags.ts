import { leastAbsolute } from "../least-absolute.ts";
import { fromLog, type LogScale, logsOfPast, scaleOfPast } from "../log-scale.ts";
import { bounded, type Standard, standardOf } from "../standard.ts";
import type { Member } from "./member.ts";

/** Ridge (Hoerl & Kennard 1970) autoregression whose lags are the last few steps, and those around one and two seasons before. */
export interface SeasonalLagsModel {
  readonly scale: LogScale;
  readonly standard: Standard;
  /** Steps back. */
  readonly lags: readonly number[];
  /** Intercept, then one per lag. */
  readonly coefficients: Float64Array;
}

const RECENT: readonly number[] = [1, 2, 3, 4, 5, 6];
/** Of the ridge, in observations. */
const PENALTY = 3;
const ROWS_PER_LAG = 5;

function lagsFor(seasons: readonly number[], length: number): number[] {
  const seasonal = seasons.flatMap((season) => [season - 1, season, season + 1, 2 * season]);
  const lags = [...new Set([...RECENT, ...seasonal])].filter((lag) => 2 * lag <= length);
  return lags.sort((a, b) => a - b);
}

export const seasonalLags: Member<SeasonalLagsModel> = {
  name: "seasonal-lags",
  heedsSeasons: true,

  fit(past, length, { seasons }, start) {
    const lags = start?.lags ?? lagsFor(seasons, length);
    const longest = lags.at(-1) ?? 0;
    const scale = start?.scale ?? scaleOfPast(past, length);
    const logs = logsOfPast(past, scale).subarray(0, length);
    const standard = standardOf(logs);
    const rows = length - longest;
    if (standard === undefined || longest === 0 || rows < ROWS_PER_LAG * lags.length) return;
    const units = logs.map((value) => (value - standard.mean) / standard.scale);
    const columns = [
      new Float64Array(rows).fill(1),
      ...lags.map((lag) => units.subarray(longest - lag, length - lag)),
    ];
    const design = {
      columns,
      targets: units.subarray(longest),
      seen: past.seen.subarray(longest, length),
      penalties: new Float64Array(columns.length).fill(PENALTY),
    };
    return { scale, standard, lags, coefficients: leastAbsolute(design, start?.coefficients) };
  },

  path({ scale, standard, lags, coefficients }, past, origin, h) {
    const logs = logsOfPast(past, scale);
    const longest = lags.at(-1) ?? 0;
    const line = new Float64Array(longest + h);
    for (let i = 0; i < longest; i++)
      line[i] = ((logs[Math.max(0, origin - longest + i)] ?? standard.mean) - standard.mean) / standard.scale;
    for (let i = 0; i < h; i++) {
      let unit = coefficients[0] as number;
      for (const [k, lag] of lags.entries())
        unit += (coefficients[k + 1] as number) * (line[longest + i - lag] as number);
      const value = bounded(standard, standard.mean + standard.scale * unit);
      line[longest + i] = (value - standard.mean) / standard.scale;
    }
    return line
      .subarray(longest)
      .map((unit) => fromLog(scale, bounded(standard, standard.mean + standard.scale * unit)));
  },
};
