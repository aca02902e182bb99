import type { Past } from "../past.ts";
import { medianOf } from "../statistics.ts";
import type { Member } from "./member.ts";

/**
 * Analogues of the same time of day: of the cycles seen, those whose last steps went most like the
 * present ones, their median carried to the present level. With few cycles it is a seasonal median profile; with
 * many it tells a Saturday from a Monday by itself.
 */
export interface SeasonAnalogsModel {
  readonly season: number;
}

/** Steps compared. */
const WINDOW = 24;
/** Neighbouring phases that count as the same, in steps, of a long season twice as many: devices' clocks drift. */
const TOLERANCE = 1;
const LONG_SEASON = 100;
/** Moments whose median is taken: three cycles' worth of phases. */
const NEIGHBOURS = 9;
/** The level's difference over the last steps is carried on by half, and fades within a dozen steps. */
const LEVEL_STEPS = 6;
const LEVEL_SHARE = 0.5;
const LEVEL_FADE = 0.9;

interface Neighbour {
  readonly at: number;
  readonly distance: number;
  readonly shift: number;
}

function compare(values: Float64Array, origin: number, at: number, window: number): Neighbour {
  let distance = 0;
  let shift = 0;
  const levelSteps = Math.min(LEVEL_STEPS, window);
  for (let j = 1; j <= window; j++) {
    const difference = (values[origin - j] as number) - (values[at - j] as number);
    distance += Math.abs(difference) * (1 - j / (2 * window));
    if (j <= levelSteps) shift += difference;
  }
  return { at, distance, shift: shift / levelSteps };
}

function neighboursOf(values: Float64Array, origin: number, season: number): Neighbour[] {
  const tolerance = season < LONG_SEASON ? TOLERANCE : 2 * TOLERANCE;
  const window = Math.min(WINDOW, origin - season - tolerance);
  const found: Neighbour[] = [];
  for (let cycle = season; cycle + window <= origin; cycle += season) {
    for (let drift = -tolerance; drift <= tolerance; drift++) {
      const at = origin - cycle + drift;
      if (at >= window && at < origin) found.push(compare(values, origin, at, window));
    }
  }
  return found.sort((a, b) => a.distance - b.distance).slice(0, NEIGHBOURS);
}

/** The seen value at `at`, or at the same phase a season earlier where that is not known yet; NaN: none. */
function knownAt({ values, seen }: Past, at: number, origin: number, season: number): number {
  let known = at;
  while (known >= origin) known -= season;
  return seen[known] ? (values[known] as number) : Number.NaN;
}

/** What followed the neighbours, carried to the present level; the last value where nothing is known. */
function followed(past: Past, origin: number, h: number, season: number): Float64Array {
  const neighbours = neighboursOf(past.values, origin, season);
  const futures = new Float64Array(neighbours.length);
  return new Float64Array(h).map((_, i) => {
    let known = 0;
    for (const { at, shift } of neighbours) {
      const value = knownAt(past, at + i, origin, season);
      if (!Number.isNaN(value)) futures[known++] = value + LEVEL_SHARE * shift * LEVEL_FADE ** i;
    }
    return known > 0 ? medianOf(futures.subarray(0, known)) : (past.values[origin - 1] as number);
  });
}

/** Of the shortest season: analogues of whole weeks gained nothing over those of days. */
export const seasonAnalogs: Member<SeasonAnalogsModel> = {
  name: "season-analogs",

  fit(_past, length, { seasons }) {
    const season = seasons[0];
    return season !== undefined && length >= 2 * season ? { season } : undefined;
  },

  path: ({ season }, past, origin, h) => followed(past, origin, h, season),
};
