import type { StoreChange, StoreDriver, StoreEntry } from "../../core/record/store-driver.ts";
import type { SessionId, SlotIndex } from "../../core/units.ts";
import { decodeEntry } from "../store/record-codec.ts";
import { RECORDS_PREFIX, slotOfKey } from "../store/record-key.ts";

/** What any flow may read of a slot that is stitched. */
export interface SlotView {
  readonly owner: string;
  readonly epoch: number;
  readonly seq: number;
  readonly state: unknown;
}

interface Known {
  readonly entry: StoreEntry;
  view: SlotView | undefined;
}

/**
 * The stitched sessions' slots as read-only values, from the records that hosts commit: a replica of its own, which
 * follows the store's feed. Records are decoded when they are read.
 */
export class SessionView {
  readonly #sessions = new Map<SessionId, Map<SlotIndex, Known>>();

  /** Reads what there is and follows what comes; the driver's closing ends it. */
  async open(driver: StoreDriver): Promise<void> {
    await driver.watch(RECORDS_PREFIX, (change) => this.apply(change));
    for (const entry of await driver.snapshot(RECORDS_PREFIX)) this.apply(entry);
  }

  apply({ key, value, revision }: StoreChange): void {
    // Of an id that is too long for a key the record alone knows it; such sessions can't be read here.
    const id = slotOfKey(key);
    if (!id) return;
    const slots = this.#sessions.get(id.sessionId) ?? new Map<SlotIndex, Known>();
    if (revision <= (slots.get(id.slot)?.entry.revision ?? 0)) return;
    if (value) slots.set(id.slot, { entry: { key, value, revision }, view: undefined });
    else slots.delete(id.slot);
    if (slots.size > 0) this.#sessions.set(id.sessionId, slots);
    else this.#sessions.delete(id.sessionId);
  }

  ids(): SessionId[] {
    return [...this.#sessions.keys()];
  }

  /** A session's slots by index; not a copy. Throws StitchError `BAD_RECORD` where one is none. */
  slots(id: SessionId): Readonly<Record<SlotIndex, SlotView>> | undefined {
    const slots = this.#sessions.get(id);
    return slots && Object.fromEntries(Array.from(slots, ([slot, known]) => [slot, viewOf(known)]));
  }
}

function viewOf(known: Known): SlotView {
  if (!known.view) {
    const { owner, epoch, seq, state } = decodeEntry(known.entry.key, known.entry.value).record;
    known.view = { owner, epoch, seq, state };
  }
  return known.view;
}
