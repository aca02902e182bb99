import type { Policy } from "../../../src/demo/options.ts";

/** What is played: a policy of the palette, or HAProxy's leastconn over the devices' connections. */
export type Played = Policy | "haproxy";

/** What one policy came to in one run, real or simulated. */
export interface Outcome {
  /** Host-seconds in which a message waited for more than 0.5 s. */
  readonly overloadSec: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly moves: number;
}
