import type { Past } from "./past.ts";

/** The last word on what leaves the engine: finite, near the values seen, non-negative where asked. */
export interface Gate {
  readonly low: number;
  readonly high: number;
}

/**
 * A forecast may leave the range seen by one range on each side: a series that reaches a new high goes on for a
 * while, one that leaves by more is a model gone wrong. A constant series has no range, and is forecast constant.
 */
export function gateOf({ values, seen }: Past, nonNegative: boolean): Gate {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    if (!seen[i]) continue;
    low = Math.min(low, values[i] as number);
    high = Math.max(high, values[i] as number);
  }
  if (low > high) return { low: 0, high: 0 };
  const range = high - low;
  const floor = nonNegative ? 0 : -Number.MAX_VALUE;
  const gate = { low: Math.max(floor, low - range), high: Math.min(Number.MAX_VALUE, high + range) };
  return gate.high < gate.low ? { low: floor, high: floor } : gate;
}

/** What isn't a number becomes `otherwise`, which must lie inside. */
export function inside({ low, high }: Gate, value: number, otherwise: number): number {
  return Number.isNaN(value) ? otherwise : Math.min(high, Math.max(low, value));
}
