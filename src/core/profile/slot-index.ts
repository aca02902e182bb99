import { quote, StitchError } from "../errors.ts";
import type { SlotIndex } from "../units.ts";

/**
 * 32-bit hash of a text: FNV-1a (Fowler, Noll, Vo; draft-eastlake-fnv §2) over its UTF-16 units, both bytes of each,
 * then MurmurHash3's finaliser fmix32 (Appleby 2011), because FNV's low bits alone mix badly and slots are a modulus.
 * Written down in the protocol: gateways that share sessions must agree on it.
 */
export function keyHash(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    hash = Math.imul(hash ^ (code & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (code >>> 8), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Slot of a key: the same for the same key, in 0..slots-1. */
export function slotIndex(key: string, slots: number): SlotIndex {
  return slots === 1 ? 0 : keyHash(key) % slots;
}

/** Longest slot key, UTF-16 code units: hashed for each message. */
const MAX_KEY = 1024;

/** The text a slot key stands for. `source` names it for people. Throws StitchError `BAD_MESSAGE`. */
export function slotKeyOf(value: unknown, source: string): string {
  if (typeof value === "string" && value.length <= MAX_KEY) return value;
  if (typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value)))
    return String(value);
  const wanted = `must be a text of at most ${MAX_KEY} characters, a finite number, true or false`;
  throw new StitchError("BAD_MESSAGE", `slot key (${source}) ${wanted}, got ${quote(value)}`);
}
