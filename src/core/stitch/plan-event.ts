import type { Millis } from "../ports.ts";
import type { SlotId } from "../record/slot-record.ts";
import type { Epoch, HostId } from "../units.ts";
import type { OrchestratorCommand, PlanEventKind } from "./protocol.ts";
import type { SlotGoal } from "./slot-goal.ts";

interface Happening {
  readonly id: SlotId;
  readonly epoch: Epoch;
  readonly kind: PlanEventKind;
  readonly atMs: Millis;
  readonly reason: string;
  readonly from?: HostId | undefined;
  readonly to?: HostId;
  readonly pauseMs?: Millis;
}

/** The command that tells people what happened; what isn't known is left out. */
export function planEvent({ id, from, ...rest }: Happening): OrchestratorCommand {
  const { sessionId, slot } = id;
  return {
    type: "event",
    event: { sessionId, slot, ...rest, ...(from === undefined ? undefined : { from }) },
  };
}

/** What a landed compare-and-set did, by what it was for. */
export function landedEvent(
  goal: SlotGoal,
  move: {
    readonly id: SlotId;
    readonly epoch: Epoch;
    readonly from: HostId | undefined;
    readonly to: HostId;
  },
  atMs: Millis,
): OrchestratorCommand {
  switch (goal.kind) {
    case "open": {
      const { from: _, ...rest } = move;
      return planEvent({ ...rest, atMs, kind: "opened", reason: openReason(goal.isRetake, move.epoch) });
    }
    case "failover":
      return planEvent({ ...move, atMs, kind: "failed-over", reason: goal.reason });
    case "shift":
      return planEvent({
        ...move,
        atMs,
        kind: "shifted",
        reason: goal.reason,
        pauseMs: atMs - goal.heldAtMs,
      });
    default:
      return goal satisfies never;
  }
}

function openReason(isRetake: boolean, epoch: Epoch): string {
  if (isRetake) return "taken back from another gateway";
  return epoch > 1 ? "taken over" : "first message";
}
