import { createHash, randomBytes } from "node:crypto";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { StitchError } from "../../core/errors.ts";
import type { RecordStore } from "../../core/record/record-store.ts";
import type { StoreDriver, StoreHealth } from "../../core/record/store-driver.ts";
import type { StoreSettings } from "../../core/record/store-settings.ts";
import { wallClock } from "../clock.ts";
import { DriverRecords } from "./driver-records.ts";
import { type DriverFigures, MeasuredDriver } from "./measured-driver.ts";
import { MirroredDriver } from "./mirrored-driver.ts";
import { MqttMirrorLink, type MqttMirrorSettings } from "./mqtt-mirror-link.ts";
import { NatsDriver } from "./nats-driver.ts";
import { natsLogin } from "./nats-login.ts";
import { epochOfRecord } from "./record-codec.ts";
import { RECORDS_PREFIX } from "./record-key.ts";
import { SEAL_KEY, SealedDriver } from "./sealed-driver.ts";
import { SqliteDriver } from "./sqlite-driver.ts";
import { readSecret, SALT_BYTES, type StoreSecret } from "./store-key.ts";

/**
 * What a session-store node offers as its property `store`; the pools and nodes that name it share it.
 * Opened at the first use: `records` and `driver` are usable at once, their operations wait for the store.
 */
export interface SessionStore {
  readonly records: RecordStore;
  readonly driver: StoreDriver;
  readonly engine: StoreSettings["engine"];
  health(): StoreHealth;
  figures(): DriverFigures;
}

/** As its owner holds it. */
export interface OwnedSessionStore extends SessionStore {
  /** Resolves when all that was asked is answered and the file is closed. */
  close(): Promise<void>;
}

export interface StoreEvents {
  /** Each change of the state or its reason. */
  readonly onHealth?: (health: StoreHealth) => void;
  /** What people must know: a damaged file was moved aside. */
  readonly onNotice?: (notice: StitchError) => void;
  /** A record came by the feed that can't be read. */
  readonly onBadRecord?: (error: Error) => void;
}

function storeOver(
  engine: StoreSettings["engine"],
  sealed: StoreDriver,
  { onBadRecord }: StoreEvents,
  behind: () => number = () => 0,
): OwnedSessionStore {
  const driver = new MeasuredDriver(sealed);
  return {
    driver,
    engine,
    figures: () => {
      const { pendingWrites, lagMs } = driver.figures;
      return { pendingWrites: pendingWrites + behind(), lagMs };
    },
    records: new DriverRecords(driver, onBadRecord ? { onBadRecord } : {}),
    health: () => driver.health(),
    close: () => driver.close(),
  };
}

/** The embedded store in a file (absolute path), which the processes of one machine share. */
export function sqliteStore(path: string, events: StoreEvents = {}, secret?: StoreSecret): OwnedSessionStore {
  const { onHealth } = events;
  const driver = new SqliteDriver({ path, ...events });
  return storeOver("sqlite", new SealedDriver({ driver, secret, onHealth }), events);
}

/** The same, mirrored over a broker to those of other machines. */
function mirroredStore(
  path: string,
  mirror: Omit<MqttMirrorSettings, "node">,
  events: StoreEvents,
  secret: StoreSecret | undefined,
): OwnedSessionStore {
  const { onHealth, onNotice, onBadRecord } = events;
  // The machines can't agree on a random one.
  const salt = createHash("sha256").update(`stitch mirror ${mirror.topic}`).digest().subarray(0, SALT_BYTES);
  const local = new SqliteDriver({
    path,
    onHealth: () => mirrored.healthChanged(),
    ...(onNotice ? { onNotice } : undefined),
  });
  // 8 characters, another one at each start.
  const node = randomBytes(6).toString("base64url");
  const mirrored = new MirroredDriver({
    local,
    node,
    // Which of two owners' records is the later one, its own epoch says.
    epochOf: (key, value) => (key.startsWith(RECORDS_PREFIX) ? epochOfRecord(sealed.opened(key, value)) : 0),
    accepts: (key, value) => sealed.accepts(key, value),
    isOwn: (key) => key === SEAL_KEY,
    link: new MqttMirrorLink({ ...mirror, node }),
    clock: wallClock,
    ...(onHealth ? { onHealth } : undefined),
    ...(onBadRecord ? { onBadMessage: onBadRecord } : undefined),
  });
  const sealed = new SealedDriver({ driver: mirrored, vault: local, secret, salt, onHealth });
  return storeOver("mqtt", sealed, events, () => mirrored.pending);
}

/** What a store's settings don't say. */
export interface StorePlace {
  /** Folder that a relative path is taken from. */
  readonly folder: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Certificates, as a tls-config node gives them. */
  readonly tls?: object | undefined;
  /** The values' key or passphrase, where no environment variable gives it. */
  readonly key?: string | undefined;
}

/** Throws StitchError `BAD_CONFIG` rather than to store in the clear what was to be encrypted. */
function secretOf(keyVariable: string | undefined, key: string | undefined): StoreSecret | undefined {
  if (keyVariable && key)
    throw new StitchError("BAD_CONFIG", `key must be given once, got one and the variable ${keyVariable}`);
  if (!keyVariable) return key ? readSecret(key) : undefined;
  const text = process.env[keyVariable];
  if (text) return readSecret(text);
  throw new StitchError(
    "BAD_CONFIG",
    `the environment variable ${keyVariable} must hold the store's key, it is not set`,
  );
}

/** `~/…` is the same file for all Node-REDs of one user, whatever their own folders. */
function fileOf(path: string, folder: string): string {
  return /^~[/\\]/.test(path) ? join(homedir(), path.slice(2)) : resolve(folder, path);
}

/** The store that the settings name; nothing is opened before its first use but the connection to a mirror's broker. */
export function openStore(
  { path, mirror, cluster, keyVariable }: StoreSettings,
  { folder, user, password = "", tls, key }: StorePlace,
  events: StoreEvents = {},
): OwnedSessionStore {
  const file = fileOf(path, folder);
  const secret = secretOf(keyVariable, key);
  const encrypted = tls ? { tls } : undefined;
  if (mirror) {
    const login = user ? { username: user, password } : undefined;
    return mirroredStore(file, { ...mirror, ...login, ...encrypted }, events, secret);
  }
  if (!cluster) return sqliteStore(file, events, secret);
  const { onHealth } = events;
  const { credsFile, ...settings } = cluster;
  const login = natsLogin(credsFile === undefined ? undefined : fileOf(credsFile, folder), user, password);
  const heard = onHealth ? { onHealth } : undefined;
  const driver = new NatsDriver({ ...settings, ...login, ...encrypted, ...heard });
  return storeOver("nats", new SealedDriver({ driver, secret, onHealth }), events);
}
