import { fitLags, type LagModel, lagsOf, predictLags } from "../lag-regression.ts";
import { fromLog, type LogScale, logsOfPast, scaleOfPast } from "../log-scale.ts";
import type { Past } from "../past.ts";
import type { Member } from "./member.ts";

/**
 * Autoregression of the differences from a season before (Box & Jenkins 1970), on a logarithmic scale: follows a season
 * that changes, at the price of twice the noise.
 */
export interface SeasonalDifferencesModel {
  readonly scale: LogScale;
  readonly season: number;
  readonly lags: LagModel;
}

const ORDER = 12;
/** Cycles that must have been seen: the first has nothing before it. */
const CYCLES = 3;

/** Differences of the steps `from` up to before `to`; `from` has a season before it. */
function differences(logs: Float64Array, season: number, from: number, to: number): Float64Array {
  const result = new Float64Array(Math.max(0, to - from));
  for (let i = 0; i < result.length; i++)
    result[i] = (logs[from + i] as number) - (logs[from + i - season] as number);
  return result;
}

/** 1 where both values of a difference were seen. */
function bothSeen({ seen }: Past, season: number, length: number): Uint8Array {
  const both = new Uint8Array(length - season);
  for (let i = 0; i < both.length; i++) both[i] = seen[i] && seen[i + season] ? 1 : 0;
  return both;
}

export const seasonalDifferences: Member<SeasonalDifferencesModel> = {
  name: "seasonal-differences",
  heedsSeasons: true,

  fit(past, length, { seasons }, start) {
    const season = seasons[0];
    if (season === undefined || length < CYCLES * season) return;
    const scale = start?.scale ?? scaleOfPast(past, length);
    const line = differences(logsOfPast(past, scale), season, season, length);
    const lags = fitLags(line, bothSeen(past, season, length), ORDER, start?.lags);
    return lags && { scale, season, lags };
  },

  path({ scale, season, lags }, past, origin, h) {
    const logs = logsOfPast(past, scale);
    const from = Math.max(season, origin - lagsOf(lags));
    const ahead = predictLags(lags, differences(logs, season, from, origin), h);
    const path = new Float64Array(h);
    for (let i = 0; i < h; i++) {
      // A cycle that is not known yet is the one that was just forecast.
      const before = i < season ? (logs[origin + i - season] ?? 0) : (path[i - season] as number);
      path[i] = before + (ahead[i] as number);
    }
    return path.map((value) => fromLog(scale, value));
  },
};
