export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Where forecasts of these values may lie: at most their own range beyond what was seen, and finite. */
export function boundsOf(values: ArrayLike<number>, nonNegative: boolean): Bounds {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least > most) return { low: 0, high: 0 };
  const low = Math.max(-Number.MAX_VALUE, least - (most - least));
  const high = Math.min(Number.MAX_VALUE, most + (most - least));
  return nonNegative ? { low: Math.max(0, low), high: Math.max(0, high) } : { low, high };
}
