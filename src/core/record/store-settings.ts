import { quote, StitchError } from "../errors.ts";

/** Where a store mirrors its records. */
export interface MirrorSettings {
  /** Broker's address. */
  readonly broker: string;
  /** Stores with the same one mirror each other. */
  readonly topic: string;
}

/** A NATS JetStream cluster. */
export interface ClusterSettings {
  readonly servers: readonly string[];
  readonly bucket: string;
  /** Servers that hold each value. */
  readonly replicas: 1 | 3 | 5;
  /** File with the client's JWT and seed, as `nsc generate creds` writes it; a path as the store's own. */
  readonly credsFile?: string;
}

/** What a session-store node opens. */
export interface StoreSettings {
  /** "mqtt": a SQLite file, too, which is mirrored over a broker; "nats": no file. */
  readonly engine: "sqlite" | "mqtt" | "nats";
  /** File that all processes of one machine share; a relative one is taken from Node-RED's user folder, `~/` is the home folder. */
  readonly path: string;
  /** Environment variable that holds the values' key; left out: they are not encrypted, or by a credential. */
  readonly keyVariable?: string;
  /** With the engine "mqtt". */
  readonly mirror?: MirrorSettings;
  /** With the engine "nats". */
  readonly cluster?: ClusterSettings;
}

/** As a session-store node's editor saves it. */
export interface StoreFields {
  readonly engine: string;
  readonly path: string;
  readonly broker: string;
  readonly topic: string;
  /** Separated by commas. */
  readonly servers: string;
  readonly bucket: string;
  readonly replicas: string;
  /** Blank: none. */
  readonly credsFile: string;
  /** Blank: no environment variable. */
  readonly keyVariable: string;
}

const DEFAULT_PATH = "session-store.sqlite";
const DEFAULT_BROKER = "mqtt://127.0.0.1:1883";
const DEFAULT_TOPIC = "stitch/store";
const DEFAULT_SERVERS = "nats://127.0.0.1:4222";
const DEFAULT_BUCKET = "stitch";
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

function serversOf(value: unknown): string[] {
  const text = isUnset(value) ? DEFAULT_SERVERS : value;
  const servers = typeof text === "string" ? text.split(",").map((server) => server.trim()) : [];
  const areAddresses =
    servers.length > 0 && servers.every((server) => /^(nats|tls):\/\/[^\s/@]+$/.test(server));
  return areAddresses ? servers : bad("servers must be like nats://host:4222, separated by commas", value);
}

function bucketOf(value: unknown): string {
  if (isUnset(value)) return DEFAULT_BUCKET;
  const isName = typeof value === "string" && /^[\w-]{1,64}$/.test(value);
  return isName ? value : bad("bucket must be 1 to 64 letters, digits, _ or -", value);
}

function replicasOf(value: unknown): 1 | 3 | 5 {
  const given = typeof value === "string" || typeof value === "number" ? Number(value) : Number.NaN;
  const replicas = isUnset(value) ? 1 : given;
  return replicas === 1 || replicas === 3 || replicas === 5
    ? replicas
    : bad("replicas must be 1, 3 or 5", value);
}

function credsFileOf(value: unknown): { readonly credsFile: string } | undefined {
  if (value === "" || isUnset(value)) return undefined;
  const isPath = typeof value === "string" && value.trim() !== "" && value.length <= MAX_PATH;
  return isPath && !/\0|[/\\]$/.test(value)
    ? { credsFile: value }
    : bad("credentials file must be a file's path, or blank", value);
}

function keyVariableOf(value: unknown): { readonly keyVariable: string } | undefined {
  if (value === undefined || value === "") return undefined;
  const isName = typeof value === "string" && /^[A-Za-z_]\w{0,99}$/.test(value);
  return isName
    ? { keyVariable: value }
    : bad("key variable must be an environment variable's name, like SESSION_STORE_KEY", value);
}

/** Shared by the runtime and the dialog. Throws StitchError `BAD_CONFIG` that names the field. */
export function readStoreSettings(fields: Partial<StoreFields>): StoreSettings {
  const { engine = "sqlite", broker, topic, servers, bucket, replicas } = fields;
  const path = pathOf(fields.path);
  const key = keyVariableOf(fields.keyVariable);
  switch (engine) {
    case "sqlite":
      return { engine, path, ...key };
    case "mqtt":
      return { engine, path, ...key, mirror: { broker: brokerOf(broker), topic: topicOf(topic) } };
    case "nats": {
      const cluster = {
        servers: serversOf(servers),
        bucket: bucketOf(bucket),
        replicas: replicasOf(replicas),
        ...credsFileOf(fields.credsFile),
      };
      return { engine, path, ...key, cluster };
    }
    default:
      return bad('engine must be "sqlite", "mqtt" or "nats"', engine);
  }
}
