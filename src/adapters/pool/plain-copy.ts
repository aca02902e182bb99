import { quote, StitchError } from "../../core/errors.ts";
import { MAX_DEPTH } from "../../core/stitch/size-of.ts";

const bad = (what: string, path: string, value: unknown): never => {
  throw new StitchError("BAD_VALUE", `${path} ${what}, got ${quote(value)}`);
};

function copyObject(value: object, path: string, depth: number): unknown {
  if (ArrayBuffer.isView(value)) {
    // A Buffer, whatever came back from a store: core nodes take other typed arrays for objects.
    if (value instanceof Uint8Array) return Buffer.from(value);
    return bad("must be bytes (Buffer or Uint8Array)", path, value.constructor.name);
  }
  if (value instanceof Date) return new Date(value);
  if (Array.isArray(value)) return Array.from(value, (item, i) => copy(item, `${path}[${i}]`, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects of another realm (function nodes run in a vm context) have another Object.prototype.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain) return bad("must be plain data", path, `a ${value.constructor.name}`);
  const copied: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    if (name === "__proto__") bad("must not have a property of this name", path, name);
    if (item !== undefined) copied[name] = copy(item, `${path}.${name}`, depth + 1);
  }
  return copied;
}

function copy(value: unknown, path: string, depth: number): unknown {
  if (depth > MAX_DEPTH) bad(`must not nest deeper than ${MAX_DEPTH}`, path, value);
  switch (typeof value) {
    case "object":
      return value === null ? null : copyObject(value, path, depth);
    case "function":
    case "symbol":
    case "bigint":
      return bad("must be plain data", path, typeof value);
    default:
      return value;
  }
}

/**
 * A copy of what a flow hands over, made of plain data only, as a store or a link can carry it.
 * Throws StitchError `BAD_VALUE` that names the place: `name.nested[3]`.
 */
export function plainCopy(value: unknown, name: string): unknown {
  return copy(value, name, 0);
}
