import type { SlotId } from "../record/slot-record.ts";

/** Key of a slot in the machines' Maps; unambiguous, because the index holds no colon. Not a store key. */
export function slotKey(id: SlotId): string {
  return `${id.slot}:${id.sessionId}`;
}
