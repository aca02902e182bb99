import { type Backtest, errorsOf, meanError, pathsOf, seasonalNaiveError } from "./backtest.ts";
import { combine, skillWeights } from "./combine.ts";
import type { Member, MemberTable, Setting } from "./members/member.ts";
import type { Past } from "./past.ts";

/** What members are tested on: fitted on the first steps, they forecast from the origins after them. */
export interface Trial extends Backtest {
  readonly past: Past;
  /** Steps to fit on. */
  readonly fitted: number;
}

/** A member fitted on the early part, and how it did after it. */
interface Tried {
  readonly key: string;
  readonly member: Member;
  readonly early: unknown;
  readonly paths: readonly Float64Array[];
  /** Per origin. */
  readonly errors: Float64Array;
}

/** Members tested with the same seasons, and combined. */
export interface Ensemble {
  readonly seasons: readonly number[];
  readonly tried: readonly Tried[];
  readonly weights: Float64Array;
  /** Paths per origin. */
  readonly combined: readonly Float64Array[];
  readonly error: number;
}

function tryMember(key: string, member: Member, trial: Trial, setting: Setting): Tried[] {
  const { past, fitted } = trial;
  const early = member.fit(past, fitted, setting);
  if (early === undefined) return [];
  const paths = pathsOf(member, early, past, trial);
  const errors = errorsOf(paths, past, trial);
  const hasBlownUp = errors.some((error) => Math.abs(error) === Number.POSITIVE_INFINITY);
  return hasBlownUp ? [] : [{ key, member, early, paths, errors }];
}

/** Weights of those that may count; 0 of the others, of whom nothing is taken for typical either. */
function weightsOf(tried: readonly Tried[], trial: Trial, seasons: readonly number[]): Float64Array {
  const least = seasonalNaiveError(trial.past, trial, seasons[0]);
  const mayCount = tried.map(
    ({ member, errors }) => !member.mustBeatSeasonalNaive || meanError(errors) < least,
  );
  const admitted = skillWeights(tried.filter((_, k) => mayCount[k]).map(({ errors }) => errors));
  let next = 0;
  return Float64Array.from(mayCount, (may) => (may ? (admitted[next++] ?? 0) : 0));
}

function weigh(tried: readonly Tried[], trial: Trial, seasons: readonly number[]): Ensemble {
  const weights = weightsOf(tried, trial, seasons);
  const combined = trial.origins.map((_, k) =>
    combine(
      tried.map(({ paths }) => paths[k] as Float64Array),
      weights,
      trial.h,
    ),
  );
  const error = meanError(errorsOf(combined, trial.past, trial));
  return { seasons, tried, weights, combined, error };
}

/** Tests every member as if it were earlier, and weighs them by how they did. */
export function assemble(table: MemberTable, trial: Trial, setting: Setting): Ensemble {
  const tried = Object.entries(table).flatMap(([key, member]) => tryMember(key, member, trial, setting));
  return weigh(tried, trial, setting.seasons);
}

/** The same with other seasons: those members that heed seasons are tested again. */
export function reassemble(
  { tried }: Ensemble,
  table: MemberTable,
  trial: Trial,
  setting: Setting,
): Ensemble {
  const again = Object.entries(table).flatMap(([key, member]) =>
    member.heedsSeasons
      ? tryMember(key, member, trial, setting)
      : tried.filter((candidate) => candidate.key === key),
  );
  return weigh(again, trial, setting.seasons);
}
