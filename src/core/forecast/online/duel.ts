import { AWAITED_CELLS, Awaited, BUCKETS, FIRST_HORIZONS } from "./horizon-buckets.ts";
import { ERROR_CELLS, RollingError } from "./rolling-error.ts";
import type { Scale } from "./scale.ts";

/** Steps that both must have forecast before the challenger may win by them. */
const TRIALS = 6;
/** Share of a new step in the means, once enough were seen: a memory of about 50 steps. */
const NEWEST = 0.02;
/** Mean absolute deviations that a mean must differ from 0 by: 1.25 are a standard deviation of a normal variable. */
const DEVIATIONS = 2;

/** What a side says of each horizon, 1…; NaN: nothing. */
export type Said = (ahead: number) => number;

/**
 * Two forecasters of one series, compared by what they said of the same steps. The challenger wins when it has erred
 * less by more than chance (1.6 standard errors of the paired differences: Diebold & Mariano 1995), and loses again
 * when it has erred more: in between things stay as they are.
 */
export class Duel {
  readonly #held: Awaited;
  readonly #challenging: Awaited;
  readonly #heldErrors: RollingError;
  readonly #challengerErrors: RollingError;
  /** Of how much less the challenger erred in a step: mean, and mean absolute deviation from it. */
  #gain = 0;
  #scatter = 0;
  #trials = 0;
  #isWon: boolean;

  constructor({ cells: make }: Scale, isWon: boolean) {
    const cells = make(2 * AWAITED_CELLS + 2 * ERROR_CELLS);
    this.#held = new Awaited(cells, 0);
    this.#challenging = new Awaited(cells, AWAITED_CELLS);
    this.#held.clear();
    this.#challenging.clear();
    this.#heldErrors = new RollingError(cells, 2 * AWAITED_CELLS);
    this.#challengerErrors = new RollingError(cells, 2 * AWAITED_CELLS + ERROR_CELLS);
    this.#isWon = isWon;
  }

  /** Whether the challenger is the one to believe. */
  get isWon(): boolean {
    return this.#isWon;
  }

  /** Steps by which it was judged. */
  get trials(): number {
    return this.#trials;
  }

  /** The challenger's error ÷ the other's on the same steps; undefined before there were enough. */
  get ratio(): number | undefined {
    const held = this.#heldErrors.total;
    if (this.#trials < TRIALS || !(held > 0)) return undefined;
    return this.#challengerErrors.total / held;
  }

  /** Puts down what both say at `step`, to be judged when the steps come. */
  put(step: number, held: Said, challenging: Said): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const ahead = FIRST_HORIZONS[bucket] ?? 1;
      this.#held.put(bucket, step, held(ahead));
      this.#challenging.put(bucket, step, challenging(ahead));
    }
  }

  /** The value of step `step` came. */
  score(step: number, value: number): void {
    let gain = 0;
    let count = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const held = Math.abs(value - this.#held.due(bucket, step));
      const challenging = Math.abs(value - this.#challenging.due(bucket, step));
      if (Number.isNaN(held) || Number.isNaN(challenging)) continue;
      this.#heldErrors.add(bucket, held);
      this.#challengerErrors.add(bucket, challenging);
      gain += held - challenging;
      count++;
    }
    if (count > 0) this.#judge(gain / count);
  }

  #judge(gain: number): void {
    this.#trials++;
    const share = Math.max(NEWEST, 1 / this.#trials);
    const off = gain - this.#gain;
    this.#gain += share * off;
    this.#scatter += share * (Math.abs(off) - this.#scatter);
    if (this.#trials < TRIALS) return;
    const error = (DEVIATIONS * this.#scatter) / Math.sqrt(Math.min(this.#trials, 1 / NEWEST));
    if (this.#gain > error) this.#isWon = true;
    else if (this.#gain < 0) this.#isWon = false;
  }
}
