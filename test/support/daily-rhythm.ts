import { makeForecaster } from "../../src/core/forecast/online/make-forecaster.ts";
import { SessionForecaster } from "../../src/core/forecast/session/session-forecaster.ts";
import type { SessionProfile } from "../../src/core/forecast/session-profile.ts";
import type { Millis } from "../../src/core/ports.ts";
import { room } from "./fleet-forecasts.ts";
import { seededRandom } from "./seeded-random.ts";

export const STEP_MS: Millis = 30_000;
export const DAY_STEPS = 2880;
/** A Monday, 0:00 UTC. */
export const MONDAY_MS: Millis = Date.UTC(2026, 0, 5);
const HORIZON = 15;

/** Messages of a step, by its number since MONDAY_MS. */
export type Counts = (step: number) => number;

/** Expected messages a step by the hour of the day → counts by chance (Poisson, by Knuth's product of uniforms). */
export function byChance(rate: (hour: number, day: number) => number, seed: number): Counts {
  const random = seededRandom(seed);
  const counts: number[] = [];
  return (step) => {
    for (let at = counts.length; at <= step; at++) {
      const least = Math.exp(-rate((at % DAY_STEPS) / (DAY_STEPS / 24), Math.floor(at / DAY_STEPS)));
      let count = 0;
      for (let product = random.next(); product > least; count++) product *= random.next();
      counts.push(count);
    }
    return counts[step] as number;
  };
}

export function forecasterAt(step: number): SessionForecaster {
  const options = { id: "s", stepMs: STEP_MS, horizon: HORIZON, level: 80, make: makeForecaster } as const;
  return new SessionForecaster(options, MONDAY_MS + step * STEP_MS);
}

/** Lives through steps; hands over each step's profile with the number of the step that it forecasts first. */
export function live(
  forecaster: SessionForecaster,
  { counts, from, to }: { readonly counts: Counts; readonly from: number; readonly to: number },
  onProfile: (profile: SessionProfile, next: number) => void = () => undefined,
): void {
  for (let step = from; step < to; step++) {
    const atMs = MONDAY_MS + step * STEP_MS;
    for (let i = counts(step); i > 0; i--) forecaster.add(100, atMs + i);
    const profile = forecaster.step(atMs + STEP_MS, {}, room);
    if (profile) onProfile(profile, step + 1);
  }
}

/** How forecasts of messages did: mean absolute error per step, and the share within the interval. */
export class Score {
  #error = 0;
  #within = 0;
  #count = 0;
  readonly #counts: Counts;

  constructor(counts: Counts) {
    this.#counts = counts;
  }

  add({ messages }: SessionProfile, next: number): void {
    const perStep = STEP_MS / 1000;
    for (const [i, median] of messages.median.entries()) {
      const count = this.#counts(next + i);
      const [lower, upper] = [(messages.lower[i] ?? 0) * perStep, (messages.upper[i] ?? 0) * perStep];
      this.#error += Math.abs(median * perStep - count);
      // A count is a whole number, a bound is not.
      if (count >= Math.floor(lower) && count <= Math.ceil(upper)) this.#within++;
      this.#count++;
    }
  }

  get error(): number {
    return this.#error / this.#count;
  }

  get coverage(): number {
    return this.#within / this.#count;
  }
}
