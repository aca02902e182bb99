import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { quote, StitchError } from "../../core/errors.ts";
import { readStoreSettings, type StoreFields, type StoreSettings } from "../../core/record/store-settings.ts";
import type { StorePlace } from "../store/session-store.ts";

/**
 * `config` of the store in settings.js; Node-RED adds `settings`. All of it may be left out: a SQLite file, which is
 * that of a session-store node as it is dropped.
 */
export interface ContextConfig extends Partial<Omit<StoreFields, "engine" | "replicas">> {
  readonly engine?: "sqlite" | "mqtt" | "nats";
  readonly replicas?: 1 | 3 | 5;
  /** Of the broker or the cluster. */
  readonly user?: string;
  readonly password?: string;
  /** Certificates: `{ ca, cert, key, rejectUnauthorized }`. */
  readonly tls?: object;
  /** The values' key or passphrase, where `keyVariable` names no environment variable that holds it. */
  readonly key?: string;
  /** Folder that a relative path is taken from; Node-RED's user folder if left out. */
  readonly dir?: string;
  /** Folder in `dir` that a relative path is taken from. */
  readonly base?: string;
  /** false: reads need a callback, and ask the store itself. */
  readonly cache?: boolean;
  /** How much of what is set may wait for a store that is away, bytes. */
  readonly maxPendingBytes?: number;
  /**
   * When the callback of `set` comes. "local": at once; else when the value is as safe as the engine makes it, which
   * is "disk" for sqlite and mqtt, and "quorum" for nats.
   */
  readonly ack?: "local" | "disk" | "quorum";
  /** Name of this Node-RED among those that share the store; of its machine and user folder if left out. */
  readonly instance?: string;
  /** Let flows read the stitched sessions: `flow.get('$sessions["cam-7"][0].state', "<store>")`. */
  readonly sessions?: boolean;
  readonly settings?: { readonly userDir?: string };
}

export interface ContextSettings {
  readonly store: StoreSettings;
  readonly place: StorePlace;
  readonly ack: "local" | "durable";
  readonly instance: string;
  readonly sessions: boolean;
  readonly cache: boolean;
  readonly maxPendingBytes: number;
  /** Where Node-RED's own file store would keep its values, if that is told: they are taken over. */
  readonly filesFolder: string | undefined;
  /** There is no user folder: a temporary one is to be made, and removed. */
  readonly isTemporary: boolean;
}

const MAX_PENDING_BYTES = 67_108_864;
/** Of localfilesystem. */
const DEFAULT_BASE = "context";

/** Every key that a store's `config` may have. */
const KEYS: ReadonlySet<string> = new Set<keyof ContextConfig>([
  "engine",
  "path",
  "broker",
  "topic",
  "servers",
  "bucket",
  "replicas",
  "credsFile",
  "keyVariable",
  "user",
  "password",
  "tls",
  "key",
  "dir",
  "base",
  "cache",
  "maxPendingBytes",
  "ack",
  "instance",
  "sessions",
  "settings",
]);
/** Of Node-RED's own file store, from which a config may come: nothing waits to be flushed here. */
const NOT_NEEDED: ReadonlySet<string> = new Set(["flushInterval"]);

const bad = (what: string, value: unknown): never => {
  throw new StitchError("BAD_CONFIG", `contextStorage: ${what}, got ${quote(value)}`);
};

function folderOf({ dir, settings }: ContextConfig): string {
  const folder = dir ?? settings?.userDir ?? ".";
  return typeof folder === "string" && folder !== "" ? folder : bad("dir must name a folder", folder);
}

function baseOf({ base = "" }: ContextConfig): string {
  const isName = typeof base === "string" && !/^[/\\]|\0|(^|[/\\])\.\.([/\\]|$)/.test(base);
  return isName ? base : bad("base must name a folder within dir", base);
}

function flag(name: string, value: unknown): boolean {
  return typeof value === "boolean" ? value : bad(`${name} must be true or false`, value);
}

function maxPendingOf({ maxPendingBytes = MAX_PENDING_BYTES }: ContextConfig): number {
  return Number.isSafeInteger(maxPendingBytes) && maxPendingBytes > 0
    ? maxPendingBytes
    : bad("maxPendingBytes must be a whole number > 0 bytes", maxPendingBytes);
}

function instanceOf({ instance }: ContextConfig, folder: string): string {
  if (instance === undefined)
    return createHash("sha256")
      .update(`${hostname()}\n${resolve(folder)}`)
      .digest("hex")
      .slice(0, 12);
  const isName = typeof instance === "string" && /^[\w.-]{1,64}$/.test(instance);
  return isName ? instance : bad("instance must be 1 to 64 letters, digits, . _ or -", instance);
}

function ackOf({ ack }: ContextConfig, { engine }: StoreSettings): "local" | "durable" {
  const own = engine === "nats" ? "quorum" : "disk";
  if (ack === "local") return "local";
  return ack === undefined || ack === own
    ? "durable"
    : bad(`ack must be "local" or "${own}" with ${engine}`, ack);
}

/** A misspelt field would be a store that shares nothing, and nobody told. */
function checkKeys(config: ContextConfig): void {
  const unknown = Object.keys(config).find((key) => !KEYS.has(key) && !NOT_NEEDED.has(key));
  if (unknown !== undefined) bad(`config has a field that is none of ${[...KEYS].join(", ")}`, unknown);
}

/** Throws StitchError `BAD_CONFIG` that names the field. */
export function readContextSettings(config: ContextConfig = {}): ContextSettings {
  checkKeys(config);
  const { replicas, sessions = false, cache = true, user, password, tls, key } = config;
  const count = replicas === undefined ? undefined : { replicas: String(replicas) };
  const { engine, path, broker, topic, servers, bucket, credsFile, keyVariable } = config;
  const all = { engine, path, broker, topic, servers, bucket, credsFile, keyVariable, ...count };
  const given = Object.entries(all);
  const store = readStoreSettings(Object.fromEntries(given.filter(([, value]) => value !== undefined)));
  const folder = folderOf(config);
  const base = baseOf(config);
  const isOurs = config.dir !== undefined || config.base !== undefined;
  return {
    store,
    place: { folder: join(folder, base), user, password, tls, key },
    ack: ackOf(config, store),
    instance: instanceOf(config, folder),
    sessions: flag("sessions", sessions),
    cache: flag("cache", cache),
    maxPendingBytes: maxPendingOf(config),
    filesFolder: isOurs ? join(folder, base || DEFAULT_BASE) : undefined,
    // Node-RED always gives its settings.
    isTemporary: [config.dir, config.path, config.settings].every((value) => value === undefined),
  };
}
