import type { Millis } from "../ports.ts";
import type { SlotId } from "../record/slot-record.ts";
import type { Epoch, HostId } from "../units.ts";
import type { OrchestratorCommand, OrchestratorEvent, SlotState } from "./protocol.ts";

export interface OrchestratorOptions {
  /** Begins the ids of this orchestrator's writes; new with each start. */
  readonly incarnation: string;
  /** Where a slot goes whose owner is lost while no secondary is warm; undefined: any host that is up. */
  readonly chooseHost?: (id: SlotId, up: ReadonlySet<HostId>) => HostId | undefined;
  readonly mirrorIntervalMs?: Millis;
  readonly drainTimeoutMs?: Millis;
}

/** What is known of one slot, for the planner, the status and the sidebar. */
export interface SlotView {
  readonly id: SlotId;
  readonly state: SlotState;
  readonly epoch: Epoch;
  readonly owner: HostId | undefined;
  /** Hosts that mirror it, and whether each is warm. */
  readonly secondaries: readonly { readonly host: HostId; readonly warm: boolean }[];
}

/** O of DESIGN.md section 6: who owns which slot, and the moves between hosts. Holds no truth: records do. */
export class Orchestrator {
  constructor(_options: OrchestratorOptions) {}

  handle(_event: OrchestratorEvent, _nowMs: Millis): OrchestratorCommand[] {
    return [];
  }

  /** undefined: not open. */
  slot(_id: SlotId, _nowMs: Millis): SlotView | undefined {
    return undefined;
  }

  /** Open slots. */
  get size(): number {
    return 0;
  }

  slots(_nowMs: Millis): SlotView[] {
    return [];
  }
}
