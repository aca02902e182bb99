import type { Tally } from "./checker.ts";
import type { PlanCounts } from "./console.ts";
import type { ForecastTally } from "./forecast-check.ts";
import type { Policy } from "./options.ts";

/** What a run ends with; counted end to end, see `checker.ts`. */
export interface Report extends Omit<Tally, "unknown" | "wrongState">, PlanCounts {
  /** Results that belong to no message sent: the set-up is at fault. Absent: none. */
  readonly unknown?: number;
  /** Outputs computed on a state that was not their session's. Absent: none. */
  readonly wrongState?: number;
  readonly forecast: ForecastTally;
  readonly policy: Policy;
  readonly seed: number;
  /** How long the fleet sent. */
  readonly seconds: number;
}

export interface ReportParts {
  readonly tally: Tally;
  readonly counts: PlanCounts;
  readonly forecast: ForecastTally;
  readonly policy: Policy;
  readonly seed: number;
  readonly seconds: number;
}

export function reportOf({ tally, counts, forecast, policy, seed, seconds }: ReportParts): Report {
  const { unknown, wrongState, latencyMs, hosts, sessions, ...messages } = tally;
  const stray = { ...(unknown > 0 && { unknown }), ...(wrongState > 0 && { wrongState }) };
  const rounded = Math.round(seconds * 10) / 10;
  return {
    ...messages,
    ...stray,
    sessions,
    ...counts,
    latencyMs,
    forecast,
    hosts,
    policy,
    seed,
    seconds: rounded,
  };
}

/** The promise: each message that was sent took effect once, in the order of its key, on its session's state. */
export function isKept({ sent, lost, duplicated, reordered, unknown = 0, wrongState = 0 }: Report): boolean {
  return sent > 0 && [lost, duplicated, reordered, unknown, wrongState].every((faults) => faults === 0);
}
