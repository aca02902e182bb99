import type { Millis } from "../../ports.ts";
import type { Forecast, Level } from "../forecaster.ts";
import { expected } from "./season.ts";
import type { SeasonInUse } from "./season-gauge.ts";
import type { Tier } from "./tier.ts";

export interface CarryInput {
  readonly tier: Tier;
  readonly inUse: SeasonInUse;
  /** What a message counts as, by the time of a bin: 1 of a forecast of messages. */
  readonly sizeAt: (atMs: Millis) => number;
  /** Index of the forecast's first step. */
  readonly end: number;
  /** The device is off: what it would send if it were on does not count. */
  readonly isOffline: boolean;
  /** Mean of the latest values, exponentially weighted by RECENT. */
  readonly recent: number;
}

/** Share of the newest step in the recent mean: a memory of ten steps. */
export const RECENT = 0.1;
/** Bins that the recent mean reaches back into: with steps of half a bin it forgets nine tenths in so many. */
const RECENT_BINS = 12;
/** Change of the season over that memory, on the log scale, from which the fine forecast's level is one of before. */
const MOVING = 0.1;

/** Two-sided normal quantiles, and a normal deviation ÷ its mean absolute one. */
const Z: Readonly<Record<Level, number>> = { 80: 1.2816, 90: 1.6449, 95: 1.96 };
const DEVIATION: number = Math.sqrt(Math.PI / 2);
/** Below this share of what comes the noise of now says little of the noise then. */
const KNOWN_NOISE = 0.5;

/** What a coarse bin is expected to hold, per fine step. */
interface Target {
  readonly perStep: number;
  /** Standard deviation over the cycles, on the log1p scale. */
  readonly deviation: number;
}

/** The level that is carried on, and what the season said of the time that it is of; per step. */
interface Origin {
  readonly level: number;
  readonly said: number;
  /** The season moved within the level's memory. */
  readonly isMoving: boolean;
}

/**
 * Carries a fine forecast on through the coarse bins ahead: what is left of the bin that it is made in stays as it
 * is; later bins change as their season says, from the fine forecast's level. Where the season has just moved, the
 * fine level is one of before, and the recent mean is carried on instead, also within the bin.
 */
export class Carry {
  readonly #input: CarryInput;
  readonly #mean: number;
  readonly #bin: number;
  /** undefined: the season says nothing of now. */
  readonly #origin: Origin | undefined;

  constructor(fine: Forecast, input: CarryInput) {
    this.#input = input;
    this.#bin = input.tier.binOf(input.end - 1);
    this.#mean = fine.median.reduce((sum, value) => sum + value, 0) / fine.median.length;
    this.#origin = this.#originOf();
  }

  /** A forecast of one value a fine step; the same where nothing changes within its horizon. */
  apply(fine: Forecast): Forecast {
    const { tier, end } = this.#input;
    const { length } = fine.median;
    const isMoved = this.#origin?.isMoving === true || tier.binOf(end + length - 1) > this.#bin;
    if (!this.#origin || !isMoved) return fine;
    const [median, lower, upper] = [fine.median.slice(), fine.lower.slice(), fine.upper.slice()];
    let bin = Number.NaN;
    let target: Target | undefined;
    for (let i = 0; i < length; i++) {
      if (tier.binOf(end + i) !== bin) {
        bin = tier.binOf(end + i);
        target = this.#target(bin);
      }
      if (!target) continue;
      const was = [median[i], lower[i], upper[i]] as [number, number, number];
      [median[i], lower[i], upper[i]] = this.#moved(was, target, fine.level);
    }
    return { ...fine, median, lower, upper, model: this.#model(fine.model) };
  }

  /** What a bin holds, per step; where the season says nothing, the level. */
  perStep(bin: number): number {
    return this.#target(bin)?.perStep ?? this.#mean;
  }

  #originOf(): Origin | undefined {
    const { recent, isOffline } = this.#input;
    const here = this.#said(this.#bin);
    if (!here) return undefined;
    const now = here.perStep;
    const mean = isOffline ? now : this.#recentlySaid(now);
    const isMoving = Math.abs(Math.log1p(mean) - Math.log1p(now)) > MOVING;
    return isMoving ? { level: recent, said: mean, isMoving } : { level: this.#mean, said: now, isMoving };
  }

  /** Mean of what the season said, weighted as the recent mean is. */
  #recentlySaid(now: number): number {
    const { tier, end } = this.#input;
    const { stepMs, binMs } = tier.shape;
    let steps = end - Math.ceil((this.#bin * binMs) / stepMs);
    let left = (1 - RECENT) ** steps;
    let sum = (1 - left) * now;
    let weights = 1 - left;
    steps = binMs / stepMs;
    for (let back = 1; back <= RECENT_BINS && left > RECENT * RECENT; back++) {
      const said = this.#said(this.#bin - back);
      if (!said) break;
      const weight = left * (1 - (1 - RECENT) ** steps);
      sum += weight * said.perStep;
      weights += weight;
      left -= weight;
    }
    return weights > 0 ? sum / weights : now;
  }

  /** What the season says of a bin, and how its cycles differed. */
  #said(bin: number): Target | undefined {
    const { tier, inUse, sizeAt } = this.#input;
    const said = expected(tier, bin, inUse.season);
    if (!said) return undefined;
    // A median of few cycles is itself off by so much.
    const deviation = DEVIATION * said.scatter * Math.sqrt(1 + Math.PI / (2 * said.cycles));
    return { perStep: tier.perStep(said.log) * sizeAt(bin * tier.shape.binMs), deviation };
  }

  /** undefined: it stays as it is. */
  #target(bin: number): Target | undefined {
    const { inUse, isOffline } = this.#input;
    if (!this.#origin || (bin === this.#bin && !this.#origin.isMoving)) return undefined;
    const said = this.#said(bin);
    if (!said) return undefined;
    const carry = isOffline ? 1 : inUse.carry;
    const offset = carry * (Math.log1p(this.#origin.level) - Math.log1p(this.#origin.said));
    return { ...said, perStep: Math.max(0, Math.expm1(Math.log1p(said.perStep) + offset)) };
  }

  /** A step's median and interval: the mean of a bin's steps becomes the target, a beat within it stays. */
  #moved(
    [median, lower, upper]: readonly [number, number, number],
    { perStep, deviation }: Target,
    level: Level,
  ): [number, number, number] {
    const isMore = perStep >= this.#mean;
    const middle = isMore ? median + perStep - this.#mean : (median * perStep) / this.#mean;
    const isNoiseKnown = this.#origin?.isMoving !== true && this.#mean >= KNOWN_NOISE * perStep;
    // Where less came, or the season moves: that of counts by chance (Poisson), by the delta method on the log1p scale.
    const chance = isNoiseKnown ? 0 : Z[level] * (Math.sqrt(perStep) / (1 + perStep));
    const reach = (side: number): number =>
      Math.hypot(Math.max(chance, Math.abs(Math.log1p(side) - Math.log1p(median))), Z[level] * deviation);
    const log = Math.log1p(middle);
    const below = Math.max(0, Math.expm1(log - reach(lower)));
    return [middle, Math.min(middle, below), Math.max(middle, Math.expm1(log + reach(upper)))];
  }

  #model(model: Forecast["model"]): Forecast["model"] {
    const { tier, inUse } = this.#input;
    const { stepMs, binMs } = tier.shape;
    const seasonMs = inUse.season * binMs;
    return {
      ...model,
      name: `${model.name} + ${nameOf(seasonMs)}`,
      skill: Math.max(model.skill, 1 - inUse.ratio),
      seasons: [...model.seasons, Math.round(seasonMs / stepMs)],
    };
  }
}

const HOUR_MS = 3_600_000;

function nameOf(seasonMs: number): string {
  if (seasonMs >= 168 * HOUR_MS) return "week";
  return seasonMs >= 24 * HOUR_MS ? "day" : "hour";
}
