import { quote, StitchError } from "../errors.ts";

/** Where a store mirrors its records. */
export interface MirrorSettings {
  /** Broker's address. */
  readonly broker: string;
  /** Stores with the same one mirror each other. */
  readonly topic: string;
}

/** What a session-store node opens. */
export interface StoreSettings {
  /** "mqtt": a SQLite file, too, which is mirrored over a broker. */
  readonly engine: "sqlite" | "mqtt";
  /** File that all processes of one machine share; a relative one is taken from Node-RED's user folder. */
  readonly path: string;
  /** With the engine "mqtt". */
  readonly mirror?: MirrorSettings;
}

/** As a session-store node's editor saves it. */
export interface StoreFields {
  readonly engine: string;
  readonly path: string;
  readonly broker: string;
  readonly topic: string;
}

const DEFAULT_PATH = "session-store.sqlite";
const DEFAULT_BROKER = "mqtt://127.0.0.1:1883";
const DEFAULT_TOPIC = "stitch/store";
/** Node-RED leaves `${NAME}` as it is where the environment variable isn't set. */
const UNSET = /^\$\{\S+\}$/;
/** PATH_MAX of Linux, less what a suffix needs. */
const MAX_PATH = 4000;

const bad = (what: string, value: unknown): never => {
  throw new StitchError("BAD_CONFIG", `${what}, got ${quote(value)}`);
};

const isUnset = (value: unknown): boolean =>
  value === undefined || (typeof value === "string" && UNSET.test(value));

function pathOf(value: unknown): string {
  if (isUnset(value)) return DEFAULT_PATH;
  if (typeof value !== "string" || value.trim() === "") return bad("path must name a file", value);
  if (value.length > MAX_PATH || value.includes("\0"))
    return bad(`path must be at most ${MAX_PATH} characters without NUL`, value);
  // SQLite would open these in memory, or somewhere else.
  if (/^(:|file:)/i.test(value)) return bad("path must be a file's path, not a URI or :memory:", value);
  if (/[/\\]$/.test(value)) return bad("path must name a file, not a folder", value);
  return value;
}

function brokerOf(value: unknown): string {
  if (isUnset(value)) return DEFAULT_BROKER;
  // User and password don't belong into the flow file: they are credentials.
  const isAddress = typeof value === "string" && /^(mqtts?|wss?):\/\/[^\s/@?#]+(\/[^\s@]*)?$/.test(value);
  return isAddress ? value : bad("broker must be like mqtt://host:1883 (mqtts, ws or wss)", value);
}

function topicOf(value: unknown): string {
  if (isUnset(value)) return DEFAULT_TOPIC;
  const isTopic =
    typeof value === "string" && /^[^\s+#$/\0][^+#\0]{0,200}$/.test(value) && !value.endsWith("/");
  return isTopic
    ? value
    : bad("topic must be 1 to 200 characters without + # and a slash at either end", value);
}

/** Shared by the runtime and the dialog. Throws StitchError `BAD_CONFIG` that names the field. */
export function readStoreSettings(fields: Partial<StoreFields>): StoreSettings {
  const { engine = "sqlite" } = fields;
  if (engine !== "sqlite" && engine !== "mqtt") return bad('engine must be "sqlite" or "mqtt"', engine);
  const path = pathOf(fields.path);
  if (engine === "sqlite") return { engine, path };
  return { engine, path, mirror: { broker: brokerOf(fields.broker), topic: topicOf(fields.topic) } };
}
