import { isAnyArrayBuffer, isDate } from "node:util/types";
import { StitchError } from "../../core/errors.ts";
import { flawIn } from "../store/value-codec.ts";
import { flawOf, MAX_LENGTH } from "../store/value-extensions.ts";

/** As the store's codec: deeper is refused, which also ends a cycle. */
const MAX_DEPTH = 100;

/** What is wrong is found out afterwards, with its place. */
class NotPlain extends Error {}

function cloneSpecial(value: object): unknown {
  if (Buffer.isBuffer(value)) return Buffer.from(value);
  if (isDate(value)) return new Date(Date.prototype.getTime.call(value));
  if (isAnyArrayBuffer(value)) return value.slice(0);
  // Also typed arrays of another realm. A DataView has no slice, and not every typed array can be stored.
  if (ArrayBuffer.isView(value) && flawOf(value) === undefined) return (value as Uint8Array).slice();
  throw new NotPlain();
}

function cloneObject(value: object, depth: number): unknown {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects of another realm (function nodes run in a vm context) have another Object.prototype.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return cloneSpecial(value);
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    if (name === "__proto__") throw new NotPlain();
    const part = clone((value as Record<string, unknown>)[name], depth);
    if (part !== undefined) copy[name] = part;
  }
  return copy;
}

function clone(value: unknown, depth: number): unknown {
  if (typeof value === "function" || typeof value === "symbol") throw new NotPlain();
  if (value === null || typeof value !== "object") return value;
  if (depth > MAX_DEPTH) throw new NotPlain();
  if (!Array.isArray(value)) return cloneObject(value, depth + 1);
  return cloneArray(value, depth + 1);
}

/** Holes and undefined become null. */
function cloneArray(values: readonly unknown[], depth: number): unknown[] {
  if (values.length > MAX_LENGTH) throw new NotPlain();
  const copy: unknown[] = [];
  for (const value of values) copy.push(clone(value, depth) ?? null);
  return copy;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

function copyArray(values: readonly unknown[]): unknown[] {
  const copy = values.slice();
  for (let i = 0; i < copy.length; i++) {
    const part = copy[i];
    // A nested set leaves holes: they read alike in every process, whether they were in the store meanwhile or not.
    if (part === undefined) copy[i] = null;
    else if (isObject(part)) copy[i] = copyObject(part);
  }
  return copy;
}

function copyObject(value: object): object {
  if (Array.isArray(value)) return copyArray(value);
  if (Object.getPrototypeOf(value) !== Object.prototype) return cloneSpecial(value) as object;
  const copy = { ...value } as Record<string, unknown>;
  for (const name in copy) {
    const part = copy[name];
    // Own: some library may have put something into Object.prototype.
    if (isObject(part) && Object.hasOwn(copy, name)) copy[name] = copyObject(part);
  }
  return copy;
}

/**
 * A copy of what `cloneValue` or the store's codec has made: it is known to be plain, so nothing is checked. A third of
 * what that takes: spreading and slicing copy as the engine does, not name by name.
 */
export const copyOf = (value: unknown): unknown => (isObject(value) ? copyObject(value) : value);

/**
 * A copy as the store would give it back: properties that are undefined are left out, in arrays they become null.
 * Throws StitchError `BAD_VALUE` that names the place which can't be stored: `name.nested[3]`.
 */
export function cloneValue(value: unknown, name: string): unknown {
  try {
    return clone(value, 0);
  } catch (cause) {
    const text = flawIn(value, name) ?? `${name} can't be copied: ${String(cause)}`;
    throw new StitchError("BAD_VALUE", text, { cause });
  }
}
