import { StitchError } from "../../core/errors.ts";
import type { Stamp } from "../../core/record/hybrid-clock.ts";

/**
 * A mirrored value is its stamp and then the value: `0xc1, kind, epoch, ms (float 64 each), count (uint 32), node
 * (8 bytes)`, big endian. No MessagePack value begins with 0xc1, so that whoever reads values can skip the stamp.
 */
const MARK = 0xc1;
/** Kinds: what the stamp is of. */
const DELETION = 0;
const VALUE = 1;
const [EPOCH_AT, MS_AT, COUNT_AT, NODE_AT] = [2, 10, 18, 22] as const;
export const STAMP_BYTES = 30;

export interface StampedValue {
  readonly stamp: Stamp;
  /** undefined: deleted. */
  readonly value: Uint8Array | undefined;
}

export function isStamped(bytes: Uint8Array): boolean {
  return bytes[0] === MARK && bytes.byteLength >= STAMP_BYTES && (bytes[1] ?? 2) <= VALUE;
}

export function withStamp({ stamp, value }: StampedValue): Uint8Array {
  const bytes = new Uint8Array(STAMP_BYTES + (value?.byteLength ?? 0));
  const view = new DataView(bytes.buffer);
  bytes[0] = MARK;
  bytes[1] = value ? VALUE : DELETION;
  view.setFloat64(EPOCH_AT, stamp.epoch);
  view.setFloat64(MS_AT, stamp.ms);
  view.setUint32(COUNT_AT, stamp.count);
  bytes.set(Buffer.from(stamp.node, "latin1").subarray(0, 8), NODE_AT);
  if (value) bytes.set(value, STAMP_BYTES);
  return bytes;
}

/** Value without its stamp, if it has one; undefined: deleted. */
export function withoutStamp(bytes: Uint8Array): Uint8Array | undefined {
  if (!isStamped(bytes)) return bytes;
  return bytes[1] === VALUE ? bytes.subarray(STAMP_BYTES) : undefined;
}

/** Throws StitchError `BAD_RECORD` for what a mirror can't have written. */
export function readStamped(bytes: Uint8Array): StampedValue {
  if (!isStamped(bytes)) throw new StitchError("BAD_RECORD", "a mirrored value must begin with its stamp");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [epoch, ms, count] = [view.getFloat64(EPOCH_AT), view.getFloat64(MS_AT), view.getUint32(COUNT_AT)];
  if (!Number.isSafeInteger(epoch) || epoch < 0 || !Number.isSafeInteger(ms) || ms < 0)
    throw new StitchError("BAD_RECORD", `a stamp must be of whole numbers >= 0, got ${epoch} and ${ms}`);
  const node = Buffer.from(bytes.subarray(NODE_AT, STAMP_BYTES)).toString("latin1");
  return { stamp: { epoch, ms, count, node }, value: withoutStamp(bytes) };
}
