/** Values of one payload that are looked at: what is beyond is extrapolated, so that no payload stops the flow. */
const MAX_VALUES = 1000;
/** What nests deeper counts as a few bytes; also ends a cycle. */
const MAX_DEPTH = 16;
/** Characters of a text whose UTF-8 length is counted; the rest is extrapolated. */
const MAX_COUNTED = 1024;
/** Digits a double with many decimals takes as JSON (ECMA-262 Number::toString: at most 17, and a dot). */
const LONG_NUMBER = 18;
const DEEP_BYTES = 8;

function integerLength(value: number): number {
  let length = 1;
  for (let limit = 10; value >= limit && length < 21; limit *= 10) length++;
  return length;
}

/** Characters of a number as JSON: exact to 3 decimals, else close. */
function numberLength(value: number): number {
  if (!Number.isFinite(value)) return 4;
  const sign = value < 0 ? 1 : 0;
  const size = Math.abs(value);
  if (Number.isInteger(size)) return sign + integerLength(size);
  for (let decimals = 1, scaled = size * 10; decimals <= 3; decimals++, scaled *= 10) {
    // The product carries rounding errors of a few units in the last place.
    if (Math.abs(scaled - Math.round(scaled)) < 1e-9 * scaled)
      return sign + integerLength(Math.floor(size)) + 1 + decimals;
  }
  return LONG_NUMBER;
}

/** UTF-8 bytes of a text: exact up to 1,024 characters, beyond that by the share of the first ones. */
function textBytes(text: string): number {
  const { length } = text;
  const counted = Math.min(length, MAX_COUNTED);
  let bytes = counted;
  for (let i = 0; i < counted; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    // Each half of a surrogate pair adds 1: the pair takes 4 bytes.
    bytes += code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 1 : 2;
  }
  return counted === length ? bytes : Math.round((bytes / counted) * length);
}

/** One payload's walk: values still to be looked at. */
interface Walk {
  left: number;
}

function arrayLength(walk: Walk, value: readonly unknown[], depth: number): number {
  let bytes = 1;
  let seen = 0;
  while (seen < value.length && walk.left > 0) bytes += 1 + jsonLength(walk, value[seen++], depth + 1);
  if (seen > 0 && seen < value.length) bytes = (bytes / seen) * value.length;
  return Math.max(2, bytes);
}

function objectLength(walk: Walk, value: object, depth: number): number {
  let bytes = 1;
  for (const name in value) {
    if (walk.left <= 0) break;
    bytes += name.length + 4 + jsonLength(walk, (value as Record<string, unknown>)[name], depth + 1);
  }
  return Math.max(2, bytes);
}

/** Roughly the characters of a value's JSON; bytes inside count as they are. */
function jsonLength(walk: Walk, value: unknown, depth: number): number {
  walk.left--;
  switch (typeof value) {
    case "number":
      return numberLength(value);
    case "string":
      return textBytes(value) + 2;
    case "boolean":
      return value ? 4 : 5;
    case "object":
      break;
    default:
      return 4;
  }
  if (value === null) return 4;
  if (depth >= MAX_DEPTH) return DEEP_BYTES;
  if (Array.isArray(value)) return arrayLength(walk, value, depth);
  if (ArrayBuffer.isView(value)) return value.byteLength;
  return objectLength(walk, value, depth);
}

/**
 * Bytes of a payload on the wire: of a Buffer its length, of a text its UTF-8, of anything else about its JSON.
 * Bounded work whatever the size: large texts and arrays are extrapolated, large objects cut off.
 */
export function payloadBytes(payload: unknown): number {
  if (typeof payload === "string") return textBytes(payload);
  if (payload === null || payload === undefined) return 0;
  if (payload instanceof Uint8Array) return payload.length;
  if (ArrayBuffer.isView(payload) || payload instanceof ArrayBuffer) return payload.byteLength;
  return Math.round(jsonLength({ left: MAX_VALUES }, payload, 0));
}
