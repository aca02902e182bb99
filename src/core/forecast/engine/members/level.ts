import { medianOf } from "../statistics.ts";
import type { Member } from "./member.ts";

/**
 * Median of the last steps: the level of a series without structure, untouched by spikes. Twelve steps: long enough
 * that five spikes don't move it, short enough to follow a new level within six.
 */
const STEPS = 12;

export const recentMedian: Member<true> = {
  name: "median",
  fit: (_past, length) => (length > 0 ? true : undefined),
  path(_model, { values }, origin, h) {
    return new Float64Array(h).fill(medianOf(values.subarray(Math.max(0, origin - STEPS), origin)));
  },
};
