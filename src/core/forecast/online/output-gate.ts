import type { PathWithVariance } from "./path.ts";

/** Ranges of what was seen that a forecast may lie beyond it. */
const RANGES = 2;

/** What a forecast may be: within two ranges, counted from the far end of what was seen. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

export function boundsOf(lowest: number, highest: number): Bounds {
  const reach = RANGES * (highest - lowest);
  return { least: highest - reach, most: lowest + reach };
}

/** Nearest admissible value. */
export function within({ least, most }: Bounds, value: number): number {
  return Math.min(most, Math.max(least, value));
}

/**
 * Whether a path may be used at all. npm arima 0.2.8 returns uninitialised memory for constants and steps, explodes
 * (1e124) or goes NaN: then nothing of it is trusted.
 */
export function passesGate({ points, variances }: PathWithVariance, h: number, bounds: Bounds): boolean {
  if (points.length < h || variances.length < h) return false;
  const isSane = (point: number): boolean => point >= bounds.least && point <= bounds.most;
  const isSpread = (variance: number): boolean => variance > 0 && Number.isFinite(variance);
  return points.every(isSane) && variances.every(isSpread);
}
