import type { ArimaOrder } from "../../core/forecast/session/forecast-settings.ts";

/** What goes to the worker, and what comes back. */
export interface ArimaJob {
  readonly values: readonly number[];
  readonly h: number;
  /** Undefined: found for these values. */
  readonly order?: ArimaOrder | undefined;
}

export interface ArimaResult {
  readonly points: readonly number[];
  readonly variances: readonly number[];
}
