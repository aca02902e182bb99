import type { Millis } from "../../ports.ts";
import { logsOfPast, scaleOfPast } from "./log-scale.ts";
import type { Past } from "./past.ts";
import { profileOf } from "./season-profile.ts";

/** Seasons of people's lives are always tried; those of machines are looked for (`season-search.ts`). */
const DAY_MS: Millis = 86_400_000;
const PERIODS_MS: readonly Millis[] = [DAY_MS, 7 * DAY_MS];
/** Cycles that must have been seen. */
const CYCLES = 2;
/** A profile of which more is noise is no season. */
const LEAST_TRUST = 0.5;

/** In steps, shortest first. Members may use them all: a backtest weighs what comes of it. */
export function candidateSeasons(length: number, stepMs: Millis): number[] {
  return PERIODS_MS.map((period) => Math.round(period / stepMs)).filter(
    (season) => season > 1 && CYCLES * season <= length,
  );
}

/** Those candidates that are there: each with the shorter ones taken out. */
export function foundSeasons(past: Past, candidates: readonly number[]): number[] {
  if (candidates.length === 0) return [];
  const { values, seen, offset } = past;
  const rest = logsOfPast(past, scaleOfPast(past, values.length)).slice();
  return candidates.filter((season) => {
    const { shape, trust } = profileOf(rest, seen, season, offset);
    if (trust < LEAST_TRUST) return false;
    for (let i = 0; i < rest.length; i++)
      rest[i] = (rest[i] as number) - (shape[(offset + i) % season] as number);
    return true;
  });
}
