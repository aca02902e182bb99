import type { Millis } from "../../ports.ts";
import { meanError, naiveError, planBacktest } from "./backtest.ts";
import { residualsByBucket } from "./conformal.ts";
import { members as own } from "./members/index.ts";
import type { MemberTable } from "./members/member.ts";
import { type GrowingPast, type Past, viewOf } from "./past.ts";
import { bestEnsemble } from "./season-choice.ts";
import { candidateSeasons, foundSeasons } from "./seasons.ts";
import { newWatch, type Watch } from "./watch.ts";

/** A member in use. */
export interface FittedMember {
  /** Its key in the table of members. */
  readonly key: string;
  readonly model: unknown;
  /** Relative; the best member's is 1. */
  readonly weight: number;
  /** 1 - its own error / naive error in the backtest; absent in fits kept by older versions. */
  readonly skill?: number;
}

/** All that a forecast needs: plain data, so that a worker can make it and a store can keep it. */
export interface Fit {
  readonly past: GrowingPast;
  readonly stepMs: Millis;
  /** Steps ahead it was tested for. */
  readonly h: number;
  readonly members: readonly FittedMember[];
  /** Sorted residuals of the backtest per bucket of horizons. */
  readonly residuals: readonly Float64Array[];
  /** 1 - error / naive error in the backtest. */
  readonly skill: number;
  readonly seasons: readonly number[];
  readonly trainedOn: number;
  /** Steps that came since. */
  age: number;
  readonly watch: Watch;
}

export interface FitOptions {
  /** Steps ahead that will be asked for. */
  readonly h: number;
  readonly stepMs: Millis;
  /** Members besides the engine's own; whoever predicts with the fit must have them too. */
  readonly also?: MemberTable;
  /** In place of the engine's own, for whoever wants to know what one of them is worth. */
  readonly members?: MemberTable;
}

/** Share of the naive error that a combination saves: 0 where both are perfect. */
function skillOf(error: number, naive: number): number {
  return naive > 0 && Number.isFinite(error) ? 1 - error / naive : 0;
}

/** Of the known seasons those that are there; the others were found, and gained. */
function seasonsInUse(past: Past, known: readonly number[], seasons: readonly number[]): number[] {
  const present = foundSeasons(past, known);
  return seasons.filter((season) => !known.includes(season) || present.includes(season));
}

/** Fits every member, tests each as if it were earlier, and weighs them by how they did. */
export function fitPast(grown: GrowingPast, { h, stepMs, also, members = own }: FitOptions): Fit {
  const past = viewOf(grown);
  const length = past.values.length;
  const trial = { past, ...planBacktest(length, h) };
  const known = candidateSeasons(length, stepMs);
  const { seasons, tried, weights, combined, error } = bestEnsemble({ ...members, ...also }, trial, known, h);
  const naive = naiveError(past, trial);
  const residuals = residualsByBucket(combined, past, trial);
  return {
    past: grown,
    stepMs,
    h,
    members: tried.flatMap(({ key, member, early, errors }, k) => {
      const model = member.fit(past, length, { seasons, h }, early);
      return model === undefined
        ? []
        : [{ key, model, weight: weights[k] as number, skill: skillOf(meanError(errors), naive) }];
    }),
    residuals,
    skill: skillOf(error, naive),
    seasons: seasonsInUse(past, known, seasons),
    trainedOn: length,
    age: 0,
    watch: newWatch(residuals),
  };
}
