import { type Envelope, KIND } from "../record/envelope.ts";
import type { SlotId } from "../record/slot-record.ts";
import type { Epoch, Seq } from "../units.ts";
import type { OfferedMessage } from "./protocol.ts";

/** What every envelope of a slot's stream says. */
export interface StreamPosition {
  readonly id: SlotId;
  readonly epoch: Epoch;
  readonly seq: Seq;
  /** Where answers go. */
  readonly gateway: string;
  /** Lowest number that is retained, or would be. */
  readonly low: Seq;
}

export function dataEnvelope(at: StreamPosition, { topic, props, atMs, payload }: OfferedMessage): Envelope {
  const { id, epoch, seq, gateway, low } = at;
  const meta = {
    gateway,
    low,
    atMs,
    ...(topic === undefined ? undefined : { topic }),
    ...(props === undefined ? undefined : { props }),
  };
  return { kind: KIND.DATA, sessionId: id.sessionId, slot: id.slot, epoch, seq, meta, payload };
}

/** To be acknowledged when all through its number is committed. */
export function markEnvelope({ id, epoch, seq, gateway, low }: StreamPosition): Envelope {
  const { sessionId, slot } = id;
  return { kind: KIND.MARK, sessionId, slot, epoch, seq, meta: { gateway, low }, payload: undefined };
}
