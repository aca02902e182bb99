import { fourLags } from "./lag-products.ts";

/** Lags at a time. */
const TILE = 4;

/** Adds the products of those first steps that only the shorter of four lags reach back from. */
function addEdges(values: Float64Array, lag: number, sums: Float64Array): void {
  const length = values.length;
  for (let k = 0; k < TILE - 1; k++) {
    for (let t = lag + k; t < Math.min(length, lag + TILE - 1); t++)
      sums[k] = (sums[k] as number) + (values[t] as number) * (values[t - lag - k] as number);
  }
}

/**
 * Autocorrelation of lags 0..`most`, of values with mean 0 and 0 where nothing was seen: pairs with a gap add nothing
 * and are not counted.
 */
export function autocorrelation(values: Float64Array, seen: Uint8Array, most: number): Float64Array {
  const length = values.length;
  const result = new Float64Array(most + 1);
  const sums = new Float64Array(TILE);
  for (let lag = 0; lag <= most; lag += TILE) {
    // Those steps that all four lags have something before, then the few that only the shorter ones have.
    const first = lag + TILE - 1;
    if (first < length) fourLags(values.subarray(first), values, TILE - 1, length - first, sums, 0);
    else sums.fill(0);
    addEdges(values, lag, sums);
    result.set(sums.subarray(0, Math.min(TILE, most + 1 - lag)), lag);
  }
  const pairs = pairsSeen(seen, most);
  const variance = (result[0] as number) / Math.max(1, pairs[0] as number);
  if (!(variance > 0)) return result.fill(0);
  return result.map((sum, lag) => sum / Math.max(1, pairs[lag] as number) / variance);
}

/** Pairs of seen values at each lag. */
function pairsSeen(seen: Uint8Array, most: number): Float64Array {
  const length = seen.length;
  const gaps: number[] = [];
  for (let i = 0; i < length; i++) if (!seen[i]) gaps.push(i);
  return Float64Array.from({ length: most + 1 }, (_, lag) => {
    let lost = 0;
    for (const gap of gaps) {
      if (gap + lag < length) lost++;
      // The same pair, if its other end is a gap too, is counted from there.
      if (gap >= lag && lag > 0 && seen[gap - lag]) lost++;
    }
    return length - lag - lost;
  });
}
