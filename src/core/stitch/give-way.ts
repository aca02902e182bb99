import type { MessageClass } from "./message-class.ts";
import { yieldsTo } from "./message-class.ts";
import type { RetentionCommand } from "./protocol.ts";
import type { RetainedSlot } from "./retained-slot.ts";

/**
 * Drops messages that were not sent yet, of the least important slots first, until `bytes` are free or no slot that
 * yields has any left. What was sent has its number: it stays. Returns the bytes freed.
 */
export function giveWay(
  slots: Iterable<RetainedSlot>,
  bytes: number,
  offered: MessageClass,
  out: RetentionCommand[],
): number {
  const yielding: { readonly slot: RetainedSlot; readonly priority: number }[] = [];
  for (const slot of slots)
    if (slot.unsent > 0 && slot.messageClass && yieldsTo(slot.messageClass, offered))
      yielding.push({ slot, priority: slot.messageClass.priority });
  yielding.sort((a, b) => a.priority - b.priority);
  let freed = 0;
  for (const { slot } of yielding) {
    if (freed >= bytes) break;
    freed += slot.dropUnsent(bytes - freed, out);
  }
  return freed;
}
