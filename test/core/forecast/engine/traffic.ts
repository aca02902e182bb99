import type { Random } from "../../../../src/core/ports.ts";
import { type SurgeShape, surgeRate } from "../../../../src/demo/devices.ts";
import { seededRandom } from "../../../support/seeded-random.ts";
import { series } from "./series.ts";

/** The demo's first camera, observed each second. */
export const CAMERA: SurgeShape = {
  basePerSec: 5,
  peakPerSec: 100,
  everyMs: 40_000,
  offsetMs: 15_000,
  rampMs: 14_000,
  topMs: 8_000,
};

/** Standard normal (Box & Muller 1958). */
export function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** Poisson (Knuth 1969), from 30 on by its normal approximation. */
export function poisson(random: Random, mean: number): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * gaussian(random)));
  const end = Math.exp(-mean);
  let count = 0;
  for (let product = random.next(); product > end; product *= random.next()) count++;
  return count;
}

/** Messages of each second. */
export function camera(count: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  return series(count, (i) => poisson(random, surgeRate(CAMERA, 1000 * i + 500)));
}

/** Traffic without a season, by name; each takes chance and the count of steps. */
export const SEASONLESS: Readonly<Record<string, (random: Random, count: number) => Float64Array>> = {
  noise: (random, count) => series(count, () => 100 + 10 * gaussian(random)),
  events: (random, count) => series(count, () => poisson(random, 0.2)),
  "a random walk": (random, count) => {
    let level = 1000;
    return series(count, () => {
      level += 10 * gaussian(random);
      return level;
    });
  },
  "a slow wander": (random, count) => {
    let level = 0;
    return series(count, () => {
      level = 0.9 * level + 5 * gaussian(random);
      return 100 + level;
    });
  },
  bursts: (random, count) => {
    let left = 0;
    return series(count, () => {
      if (left <= 0 && random.next() < 0.05) left = Math.floor(3 + 10 * random.next());
      return left-- > 0 ? 400 + 100 * random.next() : 10 * random.next();
    });
  },
};
