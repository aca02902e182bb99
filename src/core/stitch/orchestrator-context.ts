import type { Millis } from "../ports.ts";
import type { SlotId } from "../record/slot-record.ts";
import type { HostId } from "../units.ts";
import type { Holds } from "./holds.ts";

/** What all slots of one orchestrator share. */
export interface OrchestratorContext {
  readonly mirrorIntervalMs: Millis;
  readonly drainTimeoutMs: Millis;
  /** Hosts heard of and not suspect. */
  readonly up: Set<HostId>;
  readonly suspect: Set<HostId>;
  /** Slots held for a planned shift, by `slotKey`. */
  readonly holds: Holds;
  chooseHost(id: SlotId, up: ReadonlySet<HostId>): HostId | undefined;
  nextWriteId(): string;
}
