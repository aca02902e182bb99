import type { Millis } from "../ports.ts";
import type { HostLoad } from "../record/host-load.ts";
import type { Capacity, HostId, Rate } from "../units.ts";
import type { LatencyNow } from "./latency-meter.ts";

/** A host as its gateway sees it now; immutable, replaced whole. */
export interface HostView {
  readonly host: HostId;
  /** "declared": in the pool's list, never heard of (as all hosts of wired outputs are). */
  readonly state: "declared" | "up" | "suspect" | "draining" | "gone";
  /** Why it is suspect, for people. */
  readonly reason?: string;
  /** Relative. */
  readonly weight: number;
  /** Measured where it has been, else declared; an absent limit does not bind. */
  readonly capacity: Capacity;
  /** Its messages/s were. */
  readonly isMeasured?: boolean;
  /** What the gateway sends it now. */
  readonly load: Rate;
  /** load / capacity. */
  readonly utilisation: number;
  /** Predicted peak of the utilisation over the lead time; absent without a plan. */
  readonly predictedPeak?: number;
  /** Slots it owns, of those this gateway knows. */
  readonly slots: number;
  /** From taking a message over to its commit, of the last half minute; absent where nothing is known. */
  readonly latency?: LatencyNow;
  readonly heardAtMs?: Millis;
  readonly heartbeat?: HostLoad;
}

/** What is known of one delivery to a host: by acknowledgement, or `msg.feedback` of a wired flow. */
export interface HostFeedback {
  readonly host: HostId;
  readonly latencyMs?: Millis;
  readonly failed: boolean;
}

/** The part of a HostView that the table knows. */
export type HostStanding = Pick<HostView, "host" | "state" | "weight" | "capacity"> &
  Partial<Pick<HostView, "isMeasured" | "reason" | "heardAtMs" | "heartbeat">>;
