import { meanError } from "./backtest.ts";
import { assemble, type Ensemble, reassemble, type Trial } from "./ensemble.ts";
import type { MemberTable } from "./members/member.ts";
import { searchSeasons } from "./season-search.ts";

/**
 * A season that was found stays where the best of those members that heed seasons errs less with it by this share.
 * Measured on them alone, as the analogues recall most cycles by themselves and leave the ensemble little to gain.
 * A wrong season loses badly: with a least gain of 5 % three times as many are kept where there are none.
 */
const LEAST_GAIN = 0.2;
/** And where the ensemble doesn't err more by this share: that much is the backtest's own luck. */
const MOST_LOSS = 0.02;

/** Error of the best member that heeds seasons; NaN: none does. */
function seasonalError({ tried }: Ensemble): number {
  const errors = tried.flatMap(({ member, errors }) => (member.heedsSeasons ? [meanError(errors)] : []));
  return errors.length > 0 ? Math.min(...errors) : Number.NaN;
}

function isWorth(wider: Ensemble, plain: Ensemble): boolean {
  return (
    seasonalError(wider) < (1 - LEAST_GAIN) * seasonalError(plain) &&
    wider.error <= (1 + MOST_LOSS) * plain.error
  );
}

/** The members with the known seasons, and with those found in the series itself that gain enough. */
export function bestEnsemble(
  table: MemberTable,
  trial: Trial,
  known: readonly number[],
  h: number,
): Ensemble {
  let best = assemble(table, trial, { seasons: known, h });
  for (const season of searchSeasons(trial.past, known)) {
    const seasons = [...best.seasons, season].sort((a, b) => a - b);
    const wider = reassemble(best, table, trial, { seasons, h });
    if (isWorth(wider, best)) best = wider;
  }
  return best;
}
