/** Larger payloads are no keep-alives: MQTT's own PINGREQ takes 2 bytes, applications' are a word or a status. */
const MAX_BYTES = 32;
const EMPTY = 1;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
/** A digit after one of these begins a number: what is measured is no keep-alive, however seldom it changes. */
const isBeforeNumber = (code: number): boolean =>
  code === 0x3a || code === 0x20 || code === 0x2c || code === 0x3d;

function characterMark(text: string | Uint8Array): number {
  const isBytes = typeof text !== "string";
  let hash = FNV_OFFSET;
  let last = 0x20;
  for (let i = 0; i < text.length; i++) {
    const code = isBytes ? (text[i] as number) : text.charCodeAt(i);
    if (isDigit(code) && isBeforeNumber(last)) return 0;
    hash = Math.imul(hash ^ code, FNV_PRIME);
    last = code;
  }
  return hash | 1;
}

function objectMark(payload: object): number {
  let hash = FNV_OFFSET;
  for (const name in payload) {
    const value = (payload as Record<string, unknown>)[name];
    if (typeof value !== "string" && typeof value !== "boolean" && value !== null) return 0;
    hash = Math.imul(hash ^ characterMark(name), FNV_PRIME);
    hash = Math.imul(hash ^ (typeof value === "string" ? characterMark(value) : value ? 2 : 3), FNV_PRIME);
  }
  return hash | 1;
}

/**
 * Tells small payloads apart: the same mark, the same payload (FNV-1a, all but certainly). 0 for what can't be a
 * keep-alive: too large, or with a number in it.
 */
export function payloadMark(payload: unknown, bytes: number): number {
  if (bytes > MAX_BYTES) return 0;
  if (bytes === 0) return EMPTY;
  switch (typeof payload) {
    case "string":
      return characterMark(payload);
    case "boolean":
      return payload ? 3 : 5;
    case "object":
      if (payload === null) return EMPTY;
      if (payload instanceof Uint8Array) return characterMark(payload);
      return ArrayBuffer.isView(payload) || Array.isArray(payload) ? 0 : objectMark(payload);
    default:
      return 0;
  }
}
