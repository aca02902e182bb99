import type { Millis } from "../ports.ts";
import type { Bps, Capacity, HostId, Share } from "../units.ts";

/** A host that a pool's dialog lists. */
export interface DeclaredHost {
  readonly host: HostId;
  readonly capacity: Capacity;
  /** Relative, > 0. */
  readonly weight: number;
}

/** "static": nothing is planned; "reactive": on measured load only; "predictive": on forecasts too. */
export type PlanPolicy = "static" | "reactive" | "predictive";

/** A session-pool's settings, checked. */
export interface PoolSettings {
  /** One level of the pool's topics. */
  readonly name: string;
  readonly hosts: readonly DeclaredHost[];
  /** Take hosts from heartbeats too. */
  readonly discover: boolean;
  /** Broker's address, `mqtt://…` or `mqtts://…`; undefined: wired outputs only. */
  readonly broker?: string;
  /** Utilisation above which a host counts as saturated, in (0, 1). */
  readonly threshold: Share;
  readonly leadTimeMs: Millis;
  readonly stepMs: Millis;
  readonly dwellMs: Millis;
  /** Most sessions remembered. */
  readonly maxSessions: number;
  /** Traffic that keeps a secondary warm. */
  readonly minimalRateBps: Bps;
  /** Plan and report, but do nothing. */
  readonly dryRun: boolean;
  readonly policy: PlanPolicy;
}
