/** Entries of a gateway's log as plain data; what is read back may come from a newer palette, or from anybody. */
import { quote, StitchError } from "../errors.ts";
import { MAX_SESSION_ID, MAX_SLOTS } from "../record/envelope.ts";
import type { SlotId } from "../record/slot-record.ts";
import type { Epoch, Seq } from "../units.ts";
import type { OfferedMessage } from "./protocol.ts";

interface MessageEntry {
  readonly id: SlotId;
  /** Among all messages that were logged of the slot. */
  readonly position: number;
  readonly message: OfferedMessage;
}
export interface LoggedMessage extends MessageEntry {
  readonly cell: number;
}

interface NumberingEntry {
  readonly id: SlotId;
  readonly epoch: Epoch;
  /** The message at `position` has the number `acked` + 1 in this epoch; those before it are committed. */
  readonly position: number;
  readonly acked: Seq;
  /**
   * Messages from this position on came after the gateway that numbered the slot in this epoch: they were never sent in
   * it, though others may have been that were not on disk yet. Missing: any may have been sent.
   */
  readonly end?: number;
}
export interface LoggedNumbering extends NumberingEntry {
  readonly name: number;
}

export function messageEntry({ id, position, message }: MessageEntry): unknown[] {
  const { topic = null, payload, props = null, bytes, atMs } = message;
  return [id.sessionId, id.slot, position, topic, payload, props, bytes, atMs];
}

export function numberingEntry({ id, epoch, position, acked, end }: NumberingEntry): unknown[] {
  return [id.sessionId, id.slot, epoch, position, acked, ...(end === undefined ? [] : [end])];
}

const KEY = /^([ms])\/(\d{1,15})$/;

const bad = (key: string, what: string, value: unknown): never => {
  throw new StitchError("BAD_RECORD", `log entry ${quote(key)}: ${what}, got ${quote(value)}`);
};

function whole(key: string, name: string, value: unknown): number {
  const isWhole = Number.isSafeInteger(value) && Number(value) >= 0;
  return isWhole ? Number(value) : bad(key, `${name} must be a whole number >= 0`, value);
}

function slotOf(key: string, [sessionId, index]: readonly unknown[]): SlotId {
  if (typeof sessionId !== "string" || sessionId === "" || sessionId.length > MAX_SESSION_ID)
    return bad(key, "session must be a text", sessionId);
  const slot = whole(key, "slot", index);
  return slot < MAX_SLOTS ? { sessionId, slot } : bad(key, `slot must be below ${MAX_SLOTS}`, slot);
}

function messageOf(key: string, [topic, payload, props, bytes, at]: readonly unknown[]): OfferedMessage {
  if (props !== null && (typeof props !== "object" || Array.isArray(props)))
    bad(key, "props must be a map", props);
  const atMs = typeof at === "number" && Number.isFinite(at) ? at : bad(key, "time must be a number", at);
  return {
    ...(typeof topic === "string" ? { topic } : undefined),
    payload,
    ...(props === null ? undefined : { props: props as Record<string, unknown> }),
    bytes: whole(key, "bytes", bytes),
    atMs,
  };
}

/** Throws StitchError `BAD_RECORD` that names the entry. */
export function readLogEntry(key: string, value: unknown): LoggedMessage | LoggedNumbering {
  const [, kind, digits] = KEY.exec(key) ?? bad(key, "key is not a log's", key);
  const number = Number(digits);
  if (!Array.isArray(value)) return bad(key, "must be an array", value);
  const id = slotOf(key, value);
  if (kind === "m") {
    const position = whole(key, "position", value[2]);
    return { id, cell: number, position, message: messageOf(key, value.slice(3)) };
  }
  const [epoch, position, acked, end] = value.slice(2, 6) as unknown[];
  return {
    id,
    name: number,
    epoch: whole(key, "epoch", epoch),
    position: whole(key, "position", position),
    acked: whole(key, "acked", acked),
    ...(end === undefined ? undefined : { end: whole(key, "end", end) }),
  };
}
