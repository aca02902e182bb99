import type { Millis } from "../ports.ts";
import type { HostId } from "../units.ts";

/** Make the record, or take over what stands; `isRetake`: another orchestrator had moved the slot. */
export interface OpenGoal {
  readonly kind: "open";
  /** Where there is no record yet, or its owner is not up; undefined: any host that is. */
  readonly first?: HostId;
  readonly isRetake: boolean;
}

/** The owner is lost: to a warm secondary, else to any host that is up. */
export interface FailoverGoal {
  readonly kind: "failover";
  readonly reason: string;
}

/** A planned shift. */
export interface ShiftGoal {
  readonly kind: "shift";
  readonly to: HostId;
  readonly reason: string;
  /** warm: mirror first; drain: ordered to be held, the owner commits what it has; move: compare-and-set. */
  readonly phase: "warm" | "drain" | "move";
  readonly deadlineMs: Millis;
  /** Until `held` is told: since when it was ordered. */
  readonly heldAtMs: Millis;
}

/** What is under way in a slot. */
export type SlotGoal = OpenGoal | FailoverGoal | ShiftGoal;
