import type { SessionProfile } from "../../forecast/session-profile.ts";
import type { Millis } from "../../ports.ts";
import type { SlotId } from "../../record/slot-record.ts";
import type { Capacity, HostId, Rate } from "../../units.ts";
import type { PoolSettings } from "../pool-settings.ts";
import type { MirrorOrder, ShiftOrder } from "../protocol.ts";

export interface PlannedHost {
  readonly host: HostId;
  /** Without a limit a host can't saturate, as far as anybody knows. */
  readonly capacity: Capacity;
  /** Messages that wait there. */
  readonly pending?: number;
  /** "open": takes slots; "draining": is to be emptied; "closed": neither. */
  readonly state: "open" | "draining" | "closed";
}

export interface PlannedSlot {
  readonly id: SlotId;
  readonly owner: HostId;
  /** Measured, the reactive term. */
  readonly load: Rate;
  /** What is predicted of its session. */
  readonly profile?: SessionProfile | undefined;
  /** Open slots of its session; 1: it is the only one. */
  readonly sessionSlots: number;
  readonly secondaries: readonly HostId[];
  /** A shift under way: its load is the destination's already. */
  readonly movingTo?: HostId;
  /** In the middle of something: not to be moved. */
  readonly isBusy: boolean;
}

export interface PlanInput {
  readonly nowMs: Millis;
  readonly settings: Pick<PoolSettings, "threshold" | "leadTimeMs" | "dwellMs" | "policy">;
  readonly hosts: readonly PlannedHost[];
  readonly slots: readonly PlannedSlot[];
}

export interface PredictedPeak {
  /** load / capacity; 0 where no capacity is known. */
  readonly utilisation: number;
  /** From now to the end of the interval with the peak. */
  readonly inMs: Millis;
}

export interface RetireOrder {
  readonly id: SlotId;
  readonly reason: string;
}

/** What one step decided: orders for the orchestrator, and what they rest on. */
export interface Plan {
  readonly mirrors: readonly MirrorOrder[];
  readonly shifts: readonly ShiftOrder[];
  readonly retires: readonly RetireOrder[];
  /** Each host's predicted peak over the lead time, before the plan. */
  readonly peaks: ReadonlyMap<HostId, PredictedPeak>;
}
