import { seededRandom } from "../../../support/seeded-random.ts";

/** `count` values of `at`. */
export function series(count: number, at: (i: number) => number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => at(i));
}

/** Uniform noise in ±`size`, the same for the same seed. */
export function noise(size: number, seed = 1): (i: number) => number {
  const random = seededRandom(seed);
  return () => size * (2 * random.next() - 1);
}

/** Days of `perDay` steps: low at night, high by day, with noise. */
export function days(count: number, perDay: number, seed = 1): Float64Array {
  const rough = noise(10, seed);
  return series(count, (i) => 200 - 100 * Math.cos((2 * Math.PI * i) / perDay) + rough(i));
}

export function meanAbsoluteError(path: ArrayLike<number>, truth: ArrayLike<number>): number {
  const errors = Array.from(truth, (value, i) => Math.abs(value - (path[i] as number)));
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}
