import type { Past } from "../past.ts";
import type { Member } from "./member.ts";

/** Simple exponential smoothing (Brown 1956). */
export interface SmoothingModel {
  /** Share of a new value in the level. */
  readonly share: number;
}

const SHARES: readonly number[] = [0.05, 0.1, 0.2, 0.3, 0.5, 0.8];
const LEAST_VALUES = 8;

/** Follows the level; `visit` is told it before each value that was seen is learnt. */
function follow(
  { values, seen }: Past,
  to: number,
  share: number,
  visit?: (level: number, value: number) => void,
): number {
  let level = values[0] ?? 0;
  for (let i = 1; i < to; i++) {
    if (!seen[i]) continue;
    const value = values[i] as number;
    visit?.(level, value);
    level += share * (value - level);
  }
  return level;
}

export const smoothing: Member<SmoothingModel> = {
  name: "ses",

  fit(past, length) {
    if (length < LEAST_VALUES) return;
    let best = { share: 1, loss: Number.POSITIVE_INFINITY };
    for (const share of SHARES) {
      let loss = 0;
      follow(past, length, share, (level, value) => {
        loss += Math.abs(value - level);
      });
      if (loss < best.loss) best = { share, loss };
    }
    return { share: best.share };
  },

  path: ({ share }, past, origin, h) => new Float64Array(h).fill(follow(past, origin, share)),
};
