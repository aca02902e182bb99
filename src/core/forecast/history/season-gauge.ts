import type { Share } from "../../units.ts";
import { isSum, logOf, OFFLINE } from "./bin-code.ts";
import { expected } from "./season.ts";
import type { Tier } from "./tier.ts";

/** A season that proved itself, and how much of the level's difference from it is carried on. */
export interface SeasonInUse {
  /** Bins. */
  readonly season: number;
  /** 1: the season gives the change from now; 0: it gives the level. */
  readonly carry: Share;
  /** Its error ÷ that of "as it is", one bin ahead. */
  readonly ratio: number;
}

/** Shares of the level's difference that are tried. */
const CARRIES: readonly Share[] = [1, 0.5, 0];
/** Of a season: bins judged, the error of "as it is", and of each carry. */
const EACH: number = 2 + CARRIES.length;
/** A season must be so much better than "as it is". */
const GAIN = 0.05;
/** Bins of memory, in cycles of the shortest season: what a day says of weekends is still known when a week is judged. */
const MEMORY_CYCLES = 14;

/** Cells that the gauge of so many seasons takes. */
export const gaugeCells = (seasons: number): number => seasons * EACH;

/**
 * Whether a season forecasts a tier's next bin better than the bin before it does: judged at each bin by what was known
 * before it, errors of the values themselves (rolling origin: Tashman 2000). O(1) per bin.
 */
export class SeasonGauge {
  readonly #tier: Tier;
  readonly #seasons: readonly number[];
  readonly #cells: Float32Array;
  readonly #from: number;

  /** Takes gaugeCells(seasons.length) of the cells, from `from` on. */
  constructor(
    tier: Tier,
    seasons: readonly number[],
    { cells, from }: { readonly cells: Float32Array; readonly from: number },
  ) {
    this.#tier = tier;
    this.#seasons = seasons;
    this.#cells = cells;
    this.#from = from;
  }

  /** The tier's latest bin was closed. */
  judge(): void {
    const bin = this.#tier.end - 1;
    const log = this.#logAt(bin);
    const before = this.#logAt(bin - 1);
    if (log === undefined || before === undefined) return;
    for (let i = 0; i < this.#seasons.length; i++) this.#judgeSeason(i, bin, log, before);
  }

  /**
   * The season that gains most over "as it is", judged over as many bins as the shortest is long; before that, the
   * shortest itself. undefined: none gains, or not two cycles are known.
   */
  get candidate(): SeasonInUse | undefined {
    const [shortest = 0] = this.#seasons;
    if (this.#tier.size <= 2 * shortest) return undefined;
    if ((this.#cells[this.#from] as number) < shortest) return { season: shortest, carry: 1, ratio: 1 };
    let best: SeasonInUse | undefined;
    for (let i = 0; i < this.#seasons.length; i++) {
      const at = this.#from + i * EACH;
      const naive = this.#cells[at + 1] as number;
      if ((this.#cells[at] as number) < shortest || naive <= 0) continue;
      for (let k = 0; k < CARRIES.length; k++) {
        const ratio = (this.#cells[at + 2 + k] as number) / naive;
        if (ratio > 1 - GAIN || ratio >= (best?.ratio ?? 1)) continue;
        best = { season: this.#seasons[i] as number, carry: CARRIES[k] as Share, ratio };
      }
    }
    return best;
  }

  /** The candidate; where none gains, the shortest once two cycles are known. */
  get likeliest(): SeasonInUse | undefined {
    const [season = 0] = this.#seasons;
    return this.candidate ?? (this.#tier.size > 2 * season ? { season, carry: 1, ratio: 1 } : undefined);
  }

  #judgeSeason(index: number, bin: number, log: number, before: number): void {
    const season = this.#seasons[index] as number;
    const there = expected(this.#tier, bin, season);
    const here = there && expected(this.#tier, bin - 1, season);
    if (!there || !here) return;
    const at = this.#from + index * EACH;
    const count = (this.#cells[at] as number) + 1;
    const share = Math.max(1 / count, 1 / (MEMORY_CYCLES * (this.#seasons[0] as number)));
    this.#cells[at] = count;
    const value = Math.expm1(log);
    this.#learn(at + 1, share, value - Math.expm1(before));
    for (let k = 0; k < CARRIES.length; k++) {
      const said = Math.max(0, there.log + (CARRIES[k] as Share) * (before - here.log));
      this.#learn(at + 2 + k, share, value - Math.expm1(said));
    }
  }

  #learn(cell: number, share: number, error: number): void {
    const mean = this.#cells[cell] as number;
    this.#cells[cell] = mean + share * (Math.abs(error) - mean);
  }

  /** A device that was off sent nothing; undefined: nobody knows. */
  #logAt(bin: number): number | undefined {
    const code = this.#tier.code(bin);
    if (code === OFFLINE) return 0;
    return isSum(code) ? logOf(code) : undefined;
  }
}
