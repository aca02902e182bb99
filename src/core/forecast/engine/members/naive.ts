import type { Member } from "./member.ts";

/** The last value carried on: the best forecast of a random walk, and what all others are measured against. */
export const naive: Member<true> = {
  name: "naive",
  fit: (_past, length) => (length > 0 ? true : undefined),
  path: (_model, { values }, origin, h) => new Float64Array(h).fill(values[origin - 1] ?? 0),
};
