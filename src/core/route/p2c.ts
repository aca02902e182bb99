import type { Random } from "../ports.ts";

/**
 * Power of two choices: of two different candidates drawn by chance, the cheaper one; a tie goes to the first drawn.
 * Almost as good as the cheapest of all, without the herd that runs to it (Mitzenmacher 2001, IEEE TPDS 12:10).
 * -1 without candidates.
 */
export function pickOfTwo(
  candidates: readonly number[],
  cost: (candidate: number) => number,
  random: Random,
): number {
  const { length } = candidates;
  if (length <= 1) return candidates[0] ?? -1;
  const first = Math.floor(random.next() * length);
  // Of the others, one is drawn: no second draw can hit the first again.
  const step = 1 + Math.floor(random.next() * (length - 1));
  const a = candidates[first] as number;
  const b = candidates[(first + step) % length] as number;
  return cost(b) < cost(a) ? b : a;
}
