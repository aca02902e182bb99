import type { Random } from "../../../src/core/ports.ts";
import type { SessionSummary } from "../../../src/core/profile/session-facts.ts";
import type { SessionMeter } from "../../../src/core/profile/session-meter.ts";

/** Draws of the distributions that devices' gaps are made of. */
export class Draws {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  uniform(from: number, to: number): number {
    return from + (to - from) * this.#random.next();
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.#random.next());
  }

  /** Box and Muller 1958. */
  normal(mean: number, deviation: number): number {
    const radius = Math.sqrt(this.exponential(2));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.#random.next());
  }

  isOneIn(count: number): boolean {
    return this.#random.next() * count < 1;
  }
}

export interface Fed {
  /** Of the last review. */
  readonly summary: SessionSummary | undefined;
  readonly atMs: number;
  readonly reviews: number;
}

/** Feeds messages with these gaps to a meter from `fromMs` on; reviews when it asks for it. */
export function feed(
  meter: SessionMeter,
  fromMs: number,
  gaps: Iterable<number>,
  bytes = 100,
  mark = 0,
): Fed {
  let atMs = fromMs;
  let summary: SessionSummary | undefined;
  let reviews = 0;
  for (const gap of gaps) {
    atMs += Math.max(0, gap);
    if (!meter.observe(atMs, bytes, 0, mark)) continue;
    summary = meter.review(atMs);
    reviews++;
  }
  return { summary, atMs, reviews };
}

export const times = (count: number, gap: () => number): number[] => Array.from({ length: count }, gap);
