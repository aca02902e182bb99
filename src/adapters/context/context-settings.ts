import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { resolve } from "node:path";
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
}

const bad = (what: string, value: unknown): never => {
  throw new StitchError("BAD_CONFIG", `contextStorage: ${what}, got ${quote(value)}`);
};

function folderOf({ dir, settings }: ContextConfig): string {
  const folder = dir ?? settings?.userDir ?? ".";
  return typeof folder === "string" && folder !== "" ? folder : bad("dir must name a folder", folder);
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

/** Throws StitchError `BAD_CONFIG` that names the field. */
export function readContextSettings(config: ContextConfig = {}): ContextSettings {
  const { replicas, sessions = false, user, password, tls, key } = config;
  if (typeof sessions !== "boolean") return bad("sessions must be true or false", sessions);
  const count = replicas === undefined ? undefined : { replicas: String(replicas) };
  const { engine, path, broker, topic, servers, bucket, keyVariable } = config;
  const given = Object.entries({ engine, path, broker, topic, servers, bucket, keyVariable, ...count });
  const store = readStoreSettings(Object.fromEntries(given.filter(([, value]) => value !== undefined)));
  const folder = folderOf(config);
  const place = { folder, user, password, tls, key };
  return { store, place, ack: ackOf(config, store), instance: instanceOf(config, folder), sessions };
}
