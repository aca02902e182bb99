import { quote, StitchError } from "../errors.ts";

/** What a session-store node opens. */
export interface StoreSettings {
  readonly engine: "sqlite";
  /** File that all processes of one machine share; a relative one is taken from Node-RED's user folder. */
  readonly path: string;
}

/** As a session-store node's editor saves it. */
export interface StoreFields {
  readonly engine: string;
  readonly path: string;
}

const DEFAULT_PATH = "session-store.sqlite";
/** Node-RED leaves `${NAME}` as it is where the environment variable isn't set. */
const UNSET = /^\$\{\S+\}$/;
/** PATH_MAX of Linux, less what a suffix needs. */
const MAX_PATH = 4000;

const bad = (what: string, value: unknown): never => {
  throw new StitchError("BAD_CONFIG", `${what}, got ${quote(value)}`);
};

function pathOf(value: unknown): string {
  if (value === undefined || (typeof value === "string" && UNSET.test(value))) return DEFAULT_PATH;
  if (typeof value !== "string" || value.trim() === "") return bad("path must name a file", value);
  if (value.length > MAX_PATH || value.includes("\0"))
    return bad(`path must be at most ${MAX_PATH} characters without NUL`, value);
  // SQLite would open these in memory, or somewhere else.
  if (/^(:|file:)/i.test(value)) return bad("path must be a file's path, not a URI or :memory:", value);
  if (/[/\\]$/.test(value)) return bad("path must name a file, not a folder", value);
  return value;
}

/** Shared by the runtime and the dialog. Throws StitchError `BAD_CONFIG` that names the field. */
export function readStoreSettings(fields: Partial<StoreFields>): StoreSettings {
  const { engine = "sqlite" } = fields;
  if (engine !== "sqlite") return bad('engine must be "sqlite"', engine);
  return { engine, path: pathOf(fields.path) };
}
