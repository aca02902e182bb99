import type { SlotRecord } from "../record/slot-record.ts";
import type { Epoch, HostId } from "../units.ts";

/** Epochs whose beginnings a record remembers. */
const BEGUN = 16;

interface Next {
  readonly owner: HostId;
  /** Epoch known by whoever writes: a record that was deleted begins above it. */
  readonly known: Epoch;
  readonly writeId: string;
}

/** The record under its next owner, all else as it was; without one a fresh record. */
export function nextEpoch(base: SlotRecord | undefined, { owner, known, writeId }: Next): SlotRecord {
  const { seq = 0, state, outbox = [], begun = [] } = base ?? {};
  const epoch = (base?.epoch ?? known) + 1;
  return { epoch, owner, seq, state, outbox, begun: [...begun.slice(1 - BEGUN), [epoch, seq]], writeId };
}
