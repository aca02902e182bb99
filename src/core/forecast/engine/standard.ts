/** Mean, spread and reach of the values that a regression learns from. */
export interface Standard {
  readonly mean: number;
  readonly scale: number;
  /** What no prediction leaves: half the range seen is added on each side. */
  readonly low: number;
  readonly high: number;
}

/** Undefined where nothing varies. */
export function standardOf(values: Float64Array): Standard | undefined {
  let sum = 0;
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    sum += value;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  const scale = Math.sqrt(squares / values.length);
  if (!Number.isFinite(scale) || !(scale > 1e-9 * Math.abs(mean))) return;
  const margin = (highest - lowest) / 2;
  return { mean, scale, low: lowest - margin, high: highest + margin };
}

export function bounded({ low, high }: Standard, value: number): number {
  return Math.min(high, Math.max(low, value));
}
