import { quote, StitchError } from "../errors.ts";
import type { JsonSchema } from "../forecast/session-profile-schema.ts";

type Json = Readonly<Record<string, unknown>>;

/** A complaint about one place: "profiles[2].rhythm.periodMs must be at least 1, got 0". */
function complaint(at: string, what: string, value: unknown): StitchError {
  return new StitchError("BAD_CONFIG", `${at} ${what}, got ${quote(value)}`);
}

function checkNumber(value: unknown, schema: JsonSchema, at: string): void {
  const { type, minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
  const isWhole = type === "integer";
  const isNumber =
    typeof value === "number" && Number.isFinite(value) && (!isWhole || Number.isInteger(value));
  if (isNumber && value >= (minimum as number) && value <= (maximum as number)) return;
  const kind = isWhole ? "a whole number" : "a number";
  throw complaint(at, `must be ${kind} from ${minimum as number} to ${maximum as number}`, value);
}

function checkText(value: unknown, { minLength = 0, maxLength }: JsonSchema, at: string): void {
  const isText = typeof value === "string" && value.trim().length >= (minLength as number);
  if (!isText || value.length > (maxLength as number))
    throw complaint(
      at,
      `must be a text of ${minLength as number} to ${maxLength as number} characters`,
      value,
    );
}

function checkArray(value: unknown, { items, minItems = 0, maxItems }: JsonSchema, at: string): void {
  const isList = Array.isArray(value) && value.length >= (minItems as number);
  if (!isList || value.length > (maxItems as number))
    throw complaint(at, `must be a list of ${minItems as number} to ${maxItems as number}`, value);
  for (const [i, item] of value.entries()) checkBySchema(item, items as JsonSchema, `${at}[${i}]`);
}

function checkObject(value: unknown, schema: JsonSchema, at: string): void {
  const { properties = {}, required = [], minProperties = 0 } = schema;
  const known = properties as Readonly<Record<string, JsonSchema>>;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw complaint(at, "must be an object", value);
  for (const name of required as string[])
    if (!Object.hasOwn(value, name)) throw complaint(`${at}.${name}`, "is missing", undefined);
  const names = Object.keys(value);
  if (names.length < (minProperties as number))
    throw complaint(at, `must have one of ${Object.keys(known).join(", ")}`, value);
  for (const name of names) {
    const part = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!part)
      throw complaint(`${at}.${name}`, `is none of ${Object.keys(known).join(", ")}`, (value as Json)[name]);
    checkBySchema((value as Json)[name], part, `${at}.${name}`);
  }
}

/**
 * Checks a value by those keywords of JSON Schema that the palette's own schemas of files use: type, enum, properties,
 * required, minProperties, additionalProperties false, items, and the bounds. `at` names the value. Throws StitchError
 * `BAD_CONFIG` that names the place.
 */
export function checkBySchema(value: unknown, schema: JsonSchema, at: string): void {
  const options = schema["enum"] as readonly unknown[] | undefined;
  if (options) {
    if (!options.includes(value)) throw complaint(at, `must be one of ${options.join(", ")}`, value);
    return;
  }
  const type = schema["type"];
  if (type === "object") checkObject(value, schema, at);
  else if (type === "array") checkArray(value, schema, at);
  else if (type === "string") checkText(value, schema, at);
  else checkNumber(value, schema, at);
}
