/** Seasons worth testing: those of people's lives. A rolling backtest decides whether they count. */
const DAY_MS = 86_400_000;
const PERIODS_MS = [DAY_MS, 7 * DAY_MS];
/** Cycles that must have been seen. */
const CYCLES = 2;

/** Candidates in steps, shortest first. */
export function candidateSeasons(length: number, stepMs: number): number[] {
  return PERIODS_MS.map((period) => Math.round(period / stepMs)).filter(
    (season) => season > 1 && CYCLES * season <= length,
  );
}
