import { quote, StitchError } from "../../core/errors.ts";
import type { StoreEntry } from "../../core/record/store-driver.ts";
import { escapeId, unescapeId } from "../store/record-key.ts";
import { decodeValue, encodeValue } from "../store/value-codec.ts";

/** All context entries' keys begin so: `context/<escaped scope>/<escaped name>`. */
export const CONTEXT_PREFIX = "context/";
const CONTEXT_KEY = /^context\/([^/]+)\/([^/]+)$/;
/** The store's limit for a key, 2,048 bytes, less the prefix and a scope of two ids. */
const MAX_NAME_BYTES = 1800;
const VERSION = 1;

export interface ContextAddress {
  readonly scope: string;
  /** Top-level name. */
  readonly name: string;
}

export interface ContextValue {
  /** Instance of Node-RED that wrote it: what cleaning goes by. */
  readonly writer: string;
  /** Tells after a write of unknown fate whether it landed. */
  readonly writeId: string;
  readonly value: unknown;
}

export function contextKey({ scope, name }: ContextAddress): string {
  const escaped = escapeId(name);
  if (Buffer.byteLength(escaped) > MAX_NAME_BYTES)
    throw new StitchError(
      "BAD_VALUE",
      `a context key must be at most ${MAX_NAME_BYTES} bytes, got ${quote(name)}`,
    );
  return scopePrefix(scope) + escaped;
}

export const scopePrefix = (scope: string): string => `${CONTEXT_PREFIX}${escapeId(scope)}/`;

export function addressOf(key: string): ContextAddress | undefined {
  const [, scope, name] = CONTEXT_KEY.exec(key) ?? [];
  if (scope === undefined || name === undefined) return undefined;
  return { scope: unescapeId(scope), name: unescapeId(name) };
}

/** `[version, writer, write id, value]`. */
export function encodeContext({ writer, writeId, value }: ContextValue, name: string): Uint8Array {
  return encodeValue([VERSION, writer, writeId, value], name);
}

/** Throws StitchError `BAD_RECORD`: what is stored may come from anybody. */
export function decodeContext({ key, value: bytes }: StoreEntry): ContextValue {
  const fields = decodeValue(bytes, key);
  const [version, writer, writeId, value] = Array.isArray(fields) ? (fields as unknown[]) : [];
  if (version !== VERSION || typeof writer !== "string" || typeof writeId !== "string")
    throw new StitchError("BAD_RECORD", `${key} is no context value of version ${VERSION}`);
  return { writer, writeId, value };
}
