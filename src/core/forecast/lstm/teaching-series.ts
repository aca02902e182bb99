import type { Series } from "../forecaster.ts";

/** Values that a series must have to teach the network anything, and series that it takes. */
const LEAST_VALUES = 96;
const FEWEST_SERIES = 4;
/** More cost time and teach little that is new. */
const MOST_SERIES = 512;

/** Those that vary and are long enough; none where there are too few: then nothing is trained. */
export function teachingSeries(fleet: Iterable<Series>): Series[] {
  const chosen: Series[] = [];
  for (const series of fleet) {
    if (isVarying(series.values)) chosen.push(series);
    if (chosen.length === MOST_SERIES) break;
  }
  return chosen.length >= FEWEST_SERIES ? chosen : [];
}

function isVarying(values: ArrayLike<number>): boolean {
  let known = 0;
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) continue;
    known++;
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  return known >= LEAST_VALUES && highest > lowest;
}
