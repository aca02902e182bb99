import type { Millis } from "../../ports.ts";
import { type Backtest, errorsOf, meanError, naiveError, pathsOf, planBacktest } from "./backtest.ts";
import { combine, skillWeights } from "./combine.ts";
import { residualsByBucket } from "./conformal.ts";
import { members } from "./members/index.ts";
import type { Member, MemberTable, Setting } from "./members/member.ts";
import { type GrowingPast, type Past, viewOf } from "./past.ts";
import { candidateSeasons, foundSeasons } from "./seasons.ts";
import { newWatch, type Watch } from "./watch.ts";

/** A member in use. */
export interface FittedMember {
  /** Its key in the table of members. */
  readonly key: string;
  readonly model: unknown;
  /** Relative; the best member's is 1. */
  readonly weight: number;
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
}

interface Candidate {
  readonly key: string;
  readonly model: unknown;
  readonly paths: readonly Float64Array[];
  /** Per origin. */
  readonly errors: Float64Array;
}

function tryMember(
  key: string,
  member: Member,
  past: Past,
  plan: Backtest & { fitted: number },
  setting: Setting,
): Candidate | undefined {
  const early = member.fit(past, plan.fitted, setting);
  if (early === undefined) return;
  const paths = pathsOf(member, early, past, plan);
  const model = member.fit(past, past.values.length, setting, early);
  if (model === undefined) return;
  const errors = errorsOf(paths, past, plan);
  return errors.some((error) => Math.abs(error) === Number.POSITIVE_INFINITY)
    ? undefined
    : { key, model, paths, errors };
}

/** Share of the naive error that a combination saves: 0 where both are perfect. */
function skillOf(error: number, naive: number): number {
  return naive > 0 && Number.isFinite(error) ? 1 - error / naive : 0;
}

/** Fits every member, tests each as if it were earlier, and weighs them by how they did. */
export function fitPast(grown: GrowingPast, { h, stepMs, also }: FitOptions): Fit {
  const past = viewOf(grown);
  const length = past.values.length;
  const plan = planBacktest(length, h);
  const seasons = candidateSeasons(length, stepMs);
  const candidates = Object.entries({ ...members, ...also }).flatMap(
    ([key, member]) => tryMember(key, member, past, plan, { seasons, h }) ?? [],
  );
  const weights = skillWeights(candidates.map(({ errors }) => errors));
  const combined = plan.origins.map((_, k) =>
    combine(
      candidates.map(({ paths }) => paths[k] as Float64Array),
      weights,
      plan.h,
    ),
  );
  const residuals = residualsByBucket(combined, past, plan);
  return {
    past: grown,
    stepMs,
    h,
    members: candidates.map(({ key, model }, k) => ({ key, model, weight: weights[k] as number })),
    residuals,
    skill: skillOf(meanError(errorsOf(combined, past, plan)), naiveError(past, plan)),
    seasons: foundSeasons(past, seasons),
    trainedOn: length,
    age: 0,
    watch: newWatch(residuals),
  };
}
