import { decode, Encoder } from "@msgpack/msgpack";
import { quote, StitchError } from "../../core/errors.ts";
import { withoutStamp } from "./stamped-value.ts";
import { flawOf, valueExtensions } from "./value-extensions.ts";

/** Deeper than any sane value; also what ends a cycle. */
const MAX_DEPTH = 100;
const NOTHING = new Uint8Array(0);

/** Properties that are undefined are left out, as JSON does; in an array they become null. */
const encoder = new Encoder({ extensionCodec: valueExtensions, ignoreUndefined: true, maxDepth: MAX_DEPTH });

/** The first part that can't be stored, with its place, for people. */
export function flawIn(value: unknown, path: string, depth = 0): string | undefined {
  const flaw = flawOf(value);
  if (flaw) return `${path} must be plain data, got ${flaw}`;
  if (depth > MAX_DEPTH)
    return `${path.slice(0, 40)}… must not nest deeper than ${MAX_DEPTH}, or hold itself`;
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return undefined;
  for (const [name, part] of Object.entries(value)) {
    const found = flawIn(part, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`, depth + 1);
    if (found) return found;
  }
  return undefined;
}

/**
 * Bytes of anything plain: numbers, strings, booleans, null, big integers, Buffers, typed arrays, dates, arrays
 * and objects. Throws StitchError `BAD_VALUE` that names the place: `name.nested[3]`.
 */
export function encodeValue(value: unknown, name: string): Uint8Array {
  try {
    return encoder.encode(value);
  } catch (cause) {
    const text = flawIn(value, name) ?? `${name} can't be stored: ${String(cause)}`;
    throw new StitchError("BAD_VALUE", text, { cause });
  }
}

/** What `encodeValue` was given. Throws StitchError `BAD_RECORD`: what is stored may come from anybody. */
export function decodeValue(bytes: Uint8Array, name: string): unknown {
  // No part has more members than the whole has bytes: a forged length must not allocate.
  const max = bytes.byteLength;
  const limits = { maxStrLength: max, maxBinLength: max, maxArrayLength: max, maxMapLength: max };
  try {
    return decode(withoutStamp(bytes) ?? NOTHING, {
      extensionCodec: valueExtensions,
      ...limits,
      maxExtLength: max,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StitchError("BAD_RECORD", `${name} is not MessagePack: ${quote(reason, 120)}`, { cause });
  }
}
