import { createHash } from "node:crypto";
import { MAX_SLOTS } from "../../core/record/envelope.ts";
import type { SlotId } from "../../core/record/slot-record.ts";

/** All records' keys begin so. */
export const RECORDS_PREFIX = "slot/";

/** Escaped: what has a meaning in a key, what people can't read, and halves of surrogate pairs (no UTF-8 has them). */
const ESCAPED = /[%/~\p{Cc}\p{Surrogate}]/gu;
/** A longer id is replaced by its hash: a key takes at most 2,048 bytes. */
const MAX_ESCAPED_BYTES = 1900;
const SLOT_KEY = /^slot\/([^/~]+)\/(\d{1,3})$/;

const hex = (char: string): string => {
  const code = char.charCodeAt(0).toString(16).toUpperCase();
  return code.length > 2 ? `%u${code.padStart(4, "0")}` : `%${code.padStart(2, "0")}`;
};

export function escapeId(sessionId: string): string {
  return sessionId.replaceAll(ESCAPED, hex);
}

export function unescapeId(escaped: string): string {
  if (!escaped.includes("%")) return escaped;
  return escaped.replaceAll(/%(?:u([0-9A-F]{4})|([0-9A-F]{2}))/g, (_all, long?: string, short?: string) =>
    String.fromCharCode(Number.parseInt(long ?? short ?? "0", 16)),
  );
}

export interface RecordKey {
  readonly key: string;
  /** The key doesn't say which session: the record must. */
  readonly isHashed: boolean;
}

/** `slot/<escaped session id>/<k>`, or `slot/~<sha256 of it>/<k>` where that would be too long. */
export function recordKey({ sessionId, slot }: SlotId): RecordKey {
  const escaped = escapeId(sessionId);
  const isHashed = Buffer.byteLength(escaped) > MAX_ESCAPED_BYTES;
  const name = isHashed ? `~${createHash("sha256").update(escaped).digest("hex")}` : escaped;
  return { key: `${RECORDS_PREFIX}${name}/${slot}`, isHashed };
}

/** The slot that a key names; undefined for other keys, and for hashed ones. */
export function slotOfKey(key: string): SlotId | undefined {
  const [, escaped, index] = SLOT_KEY.exec(key) ?? [];
  const slot = Number(index);
  if (escaped === undefined || slot >= MAX_SLOTS) return undefined;
  return { sessionId: unescapeId(escaped), slot };
}
