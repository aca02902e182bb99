import { quote, StitchError } from "../../core/errors.ts";
import type { OutboxEntry, SlotId, SlotRecord } from "../../core/record/slot-record.ts";
import type { Epoch } from "../../core/units.ts";
import { escapeId, recordKey, slotOfKey, unescapeId } from "./record-key.ts";
import { decodeValue, encodeValue } from "./value-codec.ts";

const RECORD_VERSION = 1;
/**
 * `[version, epoch, owner, seq, [state], [[seq, index, message]…], writeId, escaped session id of a hashed key,
 * [[epoch, seq]…]]`; the last may be missing.
 */
const LENGTH = 9;

const bad = (what: string, value: unknown): never => {
  throw new StitchError("BAD_RECORD", `record: ${what}, got ${quote(value)}`);
};

function whole(value: unknown, name: string): number {
  const isWhole = typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
  return isWhole ? value : bad(`${name} must be a whole number >= 0`, value);
}

function text(value: unknown, name: string): string {
  return typeof value === "string" ? value : bad(`${name} must be a string`, value);
}

function list(value: unknown, name: string): readonly unknown[] {
  return Array.isArray(value) ? value : bad(`${name} must be an array`, value);
}

function isMessage(value: unknown): value is Record<string, unknown> {
  if (value === null || typeof value !== "object") return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}

function outboxEntry(value: unknown, i: number): OutboxEntry {
  const [seq, index, message] = list(value, `outbox[${i}]`);
  if (!isMessage(message)) return bad(`outbox[${i}].message must be a map`, message);
  return { seq: whole(seq, `outbox[${i}].seq`), index: whole(index, `outbox[${i}].index`), message };
}

function beginning(value: unknown, i: number): readonly [number, number] {
  const [epoch, seq] = list(value, `begun[${i}]`);
  return [whole(epoch, `begun[${i}].epoch`), whole(seq, `begun[${i}].seq`)];
}

/** Throws StitchError `BAD_VALUE` that names the place in state or outbox which can't be stored. */
export function encodeRecord(id: SlotId, record: SlotRecord): Uint8Array {
  const { epoch, owner, seq, state, outbox, writeId } = record;
  const outputs = outbox.map((entry) => [entry.seq, entry.index, entry.message]);
  const sessionId = recordKey(id).isHashed ? escapeId(id.sessionId) : null;
  const states = state === undefined ? [] : [state];
  const { begun } = record;
  const fields = [RECORD_VERSION, epoch, owner, seq, states, outputs, writeId, sessionId];
  return encodeValue(begun ? [...fields, begun] : fields, "record");
}

/** Reads what any process may have written. Throws StitchError `BAD_RECORD` that names the field. */
export function decodeRecord(bytes: Uint8Array): SlotRecord {
  return readRecord(decodeValue(bytes, "record")).record;
}

/** A record's epoch, without reading the rest; 0 for what is no record. */
export function epochOfRecord(bytes: Uint8Array): Epoch {
  const [array, version, kind = 0] = bytes;
  const isRecord = array === 0x90 + LENGTH || array === 0x90 + LENGTH - 1;
  if (!isRecord || version !== RECORD_VERSION) return 0;
  // MessagePack: positive fixint, or uint 8 to 64.
  if (kind < 0x80) return kind;
  const size = [0xcc, 0xcd, 0xce, 0xcf].indexOf(kind);
  if (size < 0) return 0;
  let epoch = 0;
  for (const byte of bytes.subarray(3, 3 + 2 ** size)) epoch = epoch * 256 + byte;
  return epoch;
}

/** The slot that an entry belongs to and its record. */
export function decodeEntry(
  key: string,
  bytes: Uint8Array,
): { readonly id: SlotId; readonly record: SlotRecord } {
  const { record, sessionId } = readRecord(decodeValue(bytes, "record"));
  const id = slotOfKey(key) ?? idOfHashed(key, sessionId);
  return { id, record };
}

function idOfHashed(key: string, sessionId: unknown): SlotId {
  const slot = Number(key.slice(key.lastIndexOf("/") + 1));
  const id = { sessionId: unescapeId(text(sessionId, "session id")), slot: whole(slot, "slot") };
  return recordKey(id).key === key ? id : bad("session id must be that of the key", sessionId);
}

function readRecord(value: unknown): { readonly record: SlotRecord; readonly sessionId: unknown } {
  const fields = list(value, "it");
  const [version, epoch, owner, seq, states, outbox, writeId, sessionId, begun] = fields;
  if (version !== RECORD_VERSION) bad(`version must be ${RECORD_VERSION}`, version);
  if (fields.length !== LENGTH && fields.length !== LENGTH - 1)
    bad(`it must have ${LENGTH - 1} or ${LENGTH} fields`, fields);
  const record: SlotRecord = {
    epoch: whole(epoch, "epoch"),
    owner: text(owner, "owner"),
    seq: whole(seq, "seq"),
    state: list(states, "state")[0],
    outbox: list(outbox, "outbox").map(outboxEntry),
    writeId: text(writeId, "writeId"),
    ...(begun === undefined ? undefined : { begun: list(begun, "begun").map(beginning) }),
  };
  return { record, sessionId };
}
