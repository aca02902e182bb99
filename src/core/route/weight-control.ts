import type { Millis } from "../ports.ts";
import type { Share } from "../units.ts";

/** Most of the traffic that moves to or from one host in a second (DESIGN.md section 7). */
export const STEP_PER_SEC: Share = 0.1;
/** A share that is off by less than this part of itself stays: weights that follow noise never settle. */
export const DEAD_BAND = 0.05;

/** Relative weights as shares that sum to 1; all 0 where none is > 0. */
export function toShares(weights: readonly number[]): Share[] {
  let sum = 0;
  for (const weight of weights) sum += weight;
  return weights.map((weight) => (sum > 0 ? weight / sum : 0));
}

/**
 * The shares after one step of `elapsedMs` toward the target. All hosts go the same part of their way, so the sum
 * stays 1 and no share leaves the range between what it was and what it is to be.
 */
export function stepShares(
  current: readonly Share[],
  target: readonly Share[],
  elapsedMs: Millis,
): readonly Share[] {
  let farthest = 0;
  let isOff = false;
  for (let i = 0; i < current.length; i++) {
    const from = current[i] as number;
    const to = target[i] as number;
    const distance = Math.abs(to - from);
    farthest = Math.max(farthest, distance);
    isOff ||= distance > DEAD_BAND * Math.max(from, to);
  }
  if (!isOff) return current;
  const part = Math.min(1, (STEP_PER_SEC * Math.max(0, elapsedMs)) / 1000 / farthest);
  return current.map((from, i) => from + part * ((target[i] as number) - from));
}
