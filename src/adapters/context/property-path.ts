import nodeRed from "@node-red/util";
import { quote, StitchError } from "../../core/errors.ts";
import { MAX_LENGTH } from "../store/value-extensions.ts";

export type PathPart = string | number;

/** Where in a context a property is: a top-level name and what lies below it. */
export interface PropertyPath {
  readonly name: string;
  readonly below: readonly PathPart[];
}

/** Value of a property of the same context, which an expression refers to: `a[msg.b]`. */
type Resolve = (path: PropertyPath) => unknown;

/** What needs no parsing: one name without any of the characters that mean something in an expression. */
const PLAIN_NAME = /^[^'".[\] ]+$/;
const NOTHING: readonly never[] = [];

/** Expressions that flows use again and again; parsing one takes as long as all else of a read. */
const parsed = new Map<string, PropertyPath>();
const MAX_PARSED = 1000;
const MAX_PARSED_CHARS = 200;

/** Whether an expression that reads so means the top-level name. */
export const isPlainName = (name: string): boolean => PLAIN_NAME.test(name);

/** Not typed: without a message, a reference comes as an array of its parts. */
const parse = (expression: string): unknown[] => nodeRed.util.normalisePropertyExpression(expression);

const isPart = (value: unknown): value is PathPart => typeof value === "string" || typeof value === "number";

function partOf(part: unknown, key: string, resolve: Resolve): PathPart {
  if (isPart(part)) return part;
  // The first one is "msg", which in a context stands for the context.
  const [, name, ...below] = Array.isArray(part) ? (part as unknown[]) : [];
  const value = resolve({ name: String(name), below: below.map((each) => partOf(each, key, resolve)) });
  if (isPart(value)) return value;
  const error = new Error(`Invalid expression: undefined reference in ${quote(key)}`);
  throw Object.assign(error, { code: "INVALID_EXPR" });
}

/**
 * Reads a property expression as Node-RED's own stores do. Throws what they throw (`code` "INVALID_EXPR"), and
 * StitchError `BAD_VALUE` for one that leads into an object's prototype.
 */
export function propertyPath(key: string, resolve: Resolve): PropertyPath {
  if (isPlainName(key)) return { name: key, below: NOTHING };
  const known = parsed.get(key);
  if (known) return known;
  const parts = parse(key);
  const [first, ...below] = parts.map((part) => partOf(part, key, resolve));
  if (below.includes("__proto__"))
    throw new StitchError("BAD_VALUE", `property must not lead through __proto__, got ${quote(key)}`);
  const path = { name: String(first), below };
  // A reference is looked up each time.
  if (parts.every(isPart)) remember(key, path);
  return path;
}

function remember(key: string, path: PropertyPath): void {
  if (key.length > MAX_PARSED_CHARS) return;
  if (parsed.size >= MAX_PARSED) parsed.clear();
  parsed.set(key, path);
}

type Container = Record<PathPart, unknown>;

const isContainer = (value: unknown): value is Container => value !== null && typeof value === "object";
const containerFor = (part: PathPart | undefined): Container =>
  typeof part === "number" ? ([] as unknown as Container) : {};

/** What lies below a value; undefined where there is nothing, or only a method. */
export function readBelow(value: unknown, below: readonly PathPart[]): unknown {
  let at = value;
  for (const part of below) {
    if (at === null || at === undefined) return undefined;
    at = (at as Container)[part];
    if (typeof at === "function") return undefined;
  }
  return at;
}

/** The object that holds the last part; made on the way where `isMaking`; undefined where there can't be one. */
function holderOf(root: Container, below: readonly PathPart[], isMaking: boolean): Container | undefined {
  let at = root;
  for (const [i, part] of below.slice(0, -1).entries()) {
    let next = Object.hasOwn(at, part) ? at[part] : undefined;
    if (next === undefined && isMaking) {
      next = containerFor(below[i + 1]);
      at[part] = next;
    }
    if (!isContainer(next)) return undefined;
    at = next;
  }
  return at;
}

const isIndex = (part: PathPart): boolean => /^\d{1,8}$/.test(String(part)) && Number(part) < MAX_LENGTH;

/**
 * Throws StitchError `BAD_VALUE` where a part of the path can't be a place in the array that stands there: it would
 * be lost in the store, or make an array of millions of places.
 */
export function checkPath(value: unknown, below: readonly PathPart[], name: string): void {
  let at = value;
  for (const part of below) {
    const isInArray = Array.isArray(at) || (at === undefined && typeof part === "number");
    if (isInArray && !isIndex(part))
      throw new StitchError(
        "BAD_VALUE",
        `"${name}": an index must be from 0 to ${MAX_LENGTH - 1}, got ${quote(part)}`,
      );
    at = isContainer(at) && Object.hasOwn(at, part) ? at[part] : undefined;
  }
}

/**
 * Sets (undefined: deletes) what lies below a value, in place; returns the value, which is made where there was
 * none. As in Node-RED's stores nothing happens below what is no object, and an array closes the gap of a deletion.
 */
export function writeBelow(value: unknown, below: readonly PathPart[], part: unknown): unknown {
  const last = below.at(-1);
  if (last === undefined) return part;
  const isMaking = part !== undefined;
  const root = value === undefined && isMaking ? containerFor(below[0]) : value;
  const holder = isContainer(root) ? holderOf(root, below, isMaking) : undefined;
  if (!holder) return value;
  if (isMaking) holder[last] = part;
  else if (Array.isArray(holder) && typeof last === "number") holder.splice(last, 1);
  else delete holder[last];
  return root;
}
