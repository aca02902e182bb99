import type { SlotRecord } from "../record/slot-record.ts";
import type { HostId } from "../units.ts";

/** Epochs whose beginnings a record remembers. */
const BEGUN = 16;

/** The record under its next owner, all else as it was; without one a fresh record. */
export function nextEpoch(base: SlotRecord | undefined, owner: HostId, writeId: string): SlotRecord {
  const { seq = 0, state, outbox = [], begun = [] } = base ?? {};
  const epoch = (base?.epoch ?? 0) + 1;
  return { epoch, owner, seq, state, outbox, begun: [...begun.slice(1 - BEGUN), [epoch, seq]], writeId };
}
