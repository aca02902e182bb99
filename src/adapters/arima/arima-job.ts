/** What goes to the worker, and what comes back. */
export interface ArimaJob {
  readonly values: readonly number[];
  readonly h: number;
}

export interface ArimaResult {
  readonly points: readonly number[];
  readonly variances: readonly number[];
}
