/** Deeper than any sane message; also the end of a cycle. What a flow hands over may nest as deep, so nothing hides. */
export const MAX_DEPTH = 64;

/** Bytes a plain value roughly takes when stored; for bounds, not for accounts. */
export function sizeOf(value: unknown, depth = 0): number {
  if (typeof value === "string") return value.length + 2;
  if (value === null || typeof value !== "object") return 8;
  if (ArrayBuffer.isView(value)) return value.byteLength + 4;
  if (depth >= MAX_DEPTH) return 8;
  let bytes = 8;
  if (Array.isArray(value)) for (const item of value) bytes += sizeOf(item, depth + 1);
  else for (const [name, item] of Object.entries(value)) bytes += name.length + 2 + sizeOf(item, depth + 1);
  return bytes;
}
