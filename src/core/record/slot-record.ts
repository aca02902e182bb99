import type { Epoch, HostId, Revision, Seq, SessionId, SlotIndex } from "../units.ts";

/** An output that is committed and not yet known to be delivered. Its id is (session, slot, seq, index). */
export interface OutboxEntry {
  /** The message whose processing made this output. */
  readonly seq: Seq;
  /** Position among the outputs of that message, from 0. */
  readonly index: number;
  /** The Node-RED message to emit, as plain data. */
  readonly message: Readonly<Record<string, unknown>>;
}

/**
 * The one record of a slot: ownership, cursor, state and outputs at once, so that they can't
 * disagree (DESIGN.md section 5). Written only by compare-and-set on its last acknowledged revision.
 */
export interface SlotRecord {
  readonly epoch: Epoch;
  readonly owner: HostId;
  /** Last committed message. */
  readonly seq: Seq;
  /** What the host's flow keeps for the session; undefined = none yet. */
  readonly state: unknown;
  readonly outbox: readonly OutboxEntry[];
  /**
   * The latest epochs and the seq after which each began. A gateway that was overtaken learns from it which of its own
   * messages were committed before: the numbers after that are another's.
   */
  readonly begun?: readonly (readonly [Epoch, Seq])[];
  /** Id of the write that made this version: tells after a time-out whether a write landed. */
  readonly writeId: string;
}

/** A record as read from the store. */
export interface StoredRecord {
  readonly record: SlotRecord;
  readonly revision: Revision;
}

/** Address of a slot. */
export interface SlotId {
  readonly sessionId: SessionId;
  readonly slot: SlotIndex;
}
