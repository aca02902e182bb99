import { Nearest } from "../nearest.ts";
import type { Past } from "../past.ts";
import { medianInPlace } from "../statistics.ts";
import type { Member } from "./member.ts";

/**
 * Analogues (Lorenz 1969) of the same time of day: of the cycles seen, those whose last steps went most like the
 * present ones, their median carried to the present level. With few cycles it is a seasonal median profile; with
 * many it tells a Saturday from a Monday by itself.
 */
export interface SeasonAnalogsModel {
  readonly season: number;
}

/** Cycles that it takes: the second can be told from the first, so two cycles are enough to test a season. */
const SEEN = 1.2;
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

/** Distance of the steps before `at` from those before `origin`, older ones counting less, down to half. */
function distanceOf(values: Float64Array, origin: number, at: number, window: number): number {
  let distance = 0;
  for (let j = 1; j <= window; j++) {
    distance +=
      Math.abs((values[origin - j] as number) - (values[at - j] as number)) * (1 - j / (2 * window));
  }
  return distance;
}

/** How much higher the present is than it was then. */
function shiftOf(values: Float64Array, origin: number, at: number): number {
  const steps = Math.min(LEVEL_STEPS, at);
  let shift = 0;
  for (let j = 1; j <= steps; j++) shift += (values[origin - j] as number) - (values[at - j] as number);
  return steps > 0 ? shift / steps : 0;
}

function neighboursOf(values: Float64Array, origin: number, season: number): Nearest {
  const tolerance = season < LONG_SEASON ? TOLERANCE : 2 * TOLERANCE;
  const window = Math.min(WINDOW, origin - season - tolerance);
  const nearest = new Nearest(NEIGHBOURS);
  for (let cycle = season; cycle + window <= origin; cycle += season) {
    for (let drift = -tolerance; drift <= tolerance; drift++) {
      const at = origin - cycle + drift;
      if (at < window || at >= origin) continue;
      const distance = distanceOf(values, origin, at, window);
      if (distance < nearest.farthest) nearest.add(at, distance);
    }
  }
  return nearest;
}

/** The seen value at `at`, or at the same phase a season earlier where that is not known yet; NaN: none. */
function knownAt({ values, seen }: Past, at: number, origin: number, season: number): number {
  let known = at;
  while (known >= origin) known -= season;
  return seen[known] ? (values[known] as number) : Number.NaN;
}

/** What followed the neighbours, carried to the present level; the last value where nothing is known. */
function followed(past: Past, origin: number, h: number, season: number): Float64Array {
  const { at, count } = neighboursOf(past.values, origin, season);
  const shifts = new Float64Array(count);
  for (let j = 0; j < count; j++) shifts[j] = LEVEL_SHARE * shiftOf(past.values, origin, at[j] as number);
  const futures = new Float64Array(count);
  const path = new Float64Array(h);
  for (let i = 0, fade = 1; i < h; i++, fade *= LEVEL_FADE) {
    let known = 0;
    for (let j = 0; j < count; j++) {
      const value = knownAt(past, (at[j] as number) + i, origin, season);
      if (!Number.isNaN(value)) futures[known++] = value + (shifts[j] as number) * fade;
    }
    path[i] = known > 0 ? medianInPlace(futures, known) : (past.values[origin - 1] as number);
  }
  return path;
}

/** Of the shortest season: analogues of whole weeks gained nothing over those of days. */
export const seasonAnalogs: Member<SeasonAnalogsModel> = {
  name: "season-analogs",
  heedsSeasons: true,

  fit(_past, length, { seasons }) {
    const season = seasons[0];
    return season !== undefined && length >= SEEN * season ? { season } : undefined;
  },

  path: ({ season }, past, origin, h) => followed(past, origin, h, season),
};
