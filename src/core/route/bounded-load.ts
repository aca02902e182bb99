import type { Share } from "../units.ts";

/** How far a host may stand above its fair share (DESIGN.md section 7). */
export const LOAD_FACTOR = 1.25;

/**
 * Most that a host with this share may carry when `total` things are carried already and one more comes. Bounds of
 * all hosts together always have room for it (Mirrokni, Thorup, Zadimoghaddam 2018, SODA, section 2).
 */
export function loadBound(total: number, share: Share, factor: number = LOAD_FACTOR): number {
  return Math.ceil(factor * (total + 1) * share);
}

export interface BoundedPick {
  /** Hosts by preference, as indices. */
  readonly preference: readonly number[];
  /** What each host carries. */
  readonly loads: readonly number[];
  /** Each host's fair share; those of the preferred ones sum to 1. */
  readonly shares: readonly Share[];
  readonly factor?: number;
}

/** The most preferred host that stays within its bound with one more; -1 without hosts. */
export function pickWithinBound({ preference, loads, shares, factor }: BoundedPick): number {
  let total = 0;
  for (const i of preference) total += loads[i] as number;
  for (const i of preference) {
    if ((loads[i] as number) < loadBound(total, shares[i] as number, factor)) return i;
  }
  return -1;
}
