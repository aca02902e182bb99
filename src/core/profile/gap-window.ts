import type { Millis } from "../ports.ts";

/**
 * A gap this many times the 90th percentile of its window is an outage: of 64 exponential gaps the longest is about
 * 2 × that percentile (ln 64 / ln 10), of a suppressed periodic sender 3 × (FACTS: send on change, 1-3 × the period).
 */
const OUTAGE_FACTOR = 8;
/** Outages are rare: silences more frequent than one gap in 32 belong to the rhythm. */
const GAPS_PER_OUTAGE = 32;

/** Gaps between messages, oldest first, without the outages among them. */
export interface GapWindow {
  readonly gaps: readonly number[];
  readonly sorted: readonly number[];
  readonly meanMs: Millis;
  /** Standard deviation ÷ mean. */
  readonly cv: number;
}

/** Value below which the share `q` of sorted values lies. */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}

/** Number of outages at the end of the sorted gaps: few, and far longer than all that is usual. */
function outagesIn(sorted: readonly number[]): number {
  const limit = quantile(sorted, 0.9) * OUTAGE_FACTOR;
  const most = Math.max(1, Math.floor(sorted.length / GAPS_PER_OUTAGE));
  let outages = 0;
  while (outages <= most && (sorted[sorted.length - 1 - outages] ?? 0) > limit) outages++;
  return outages <= most && sorted.length >= 8 ? outages : 0;
}

/** Mean and standard deviation ÷ mean; 0 and 0 of nothing. */
export function momentsOf(values: readonly number[]): { readonly mean: number; readonly cv: number } {
  const { length } = values;
  if (length === 0) return { mean: 0, cv: 0 };
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / length;
  if (mean === 0) return { mean, cv: 0 };
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, cv: Math.sqrt(squares / length) / mean };
}

/** By insertion: of some dozen numbers faster than a sort that calls back, or that a typed array's copy is made for. */
export function ascending(values: readonly number[]): number[] {
  const sorted = values.slice();
  for (let i = 1; i < sorted.length; i++) {
    const value = sorted[i] as number;
    let at = i - 1;
    for (; at >= 0 && (sorted[at] as number) > value; at--) sorted[at + 1] = sorted[at] as number;
    sorted[at + 1] = value;
  }
  return sorted;
}

export function cutOutages(all: readonly number[]): GapWindow {
  const sorted = ascending(all);
  const outages = outagesIn(sorted);
  sorted.length -= outages;
  const longest = sorted.at(-1) ?? 0;
  const gaps = outages === 0 ? all : all.filter((gap) => gap <= longest);
  const { mean, cv } = momentsOf(gaps);
  return { gaps, sorted, meanMs: mean, cv };
}
