import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import type { StitchError } from "../../core/errors.ts";
import type { RecordStore } from "../../core/record/record-store.ts";
import type { StoreDriver, StoreHealth } from "../../core/record/store-driver.ts";
import type { StoreSettings } from "../../core/record/store-settings.ts";
import type { Epoch } from "../../core/units.ts";
import { systemClock } from "../clock.ts";
import { DriverRecords } from "./driver-records.ts";
import { MirroredDriver } from "./mirrored-driver.ts";
import { MqttMirrorLink, type MqttMirrorSettings } from "./mqtt-mirror-link.ts";
import { NatsDriver } from "./nats-driver.ts";
import { epochOfRecord } from "./record-codec.ts";
import { RECORDS_PREFIX } from "./record-key.ts";
import { SqliteDriver } from "./sqlite-driver.ts";

/**
 * What a session-store node offers as its property `store`; the pools and nodes that name it share it.
 * Opened at the first use: `records` and `driver` are usable at once, their operations wait for the store.
 */
export interface SessionStore {
  readonly records: RecordStore;
  readonly driver: StoreDriver;
  health(): StoreHealth;
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

function storeOver(driver: StoreDriver, { onBadRecord }: StoreEvents): OwnedSessionStore {
  return {
    driver,
    records: new DriverRecords(driver, onBadRecord ? { onBadRecord } : {}),
    health: () => driver.health(),
    close: () => driver.close(),
  };
}

/** The embedded store in a file (absolute path), which the processes of one machine share. */
export function sqliteStore(path: string, events: StoreEvents = {}): OwnedSessionStore {
  return storeOver(new SqliteDriver({ path, ...events }), events);
}

/** Which of two owners' records is the later one, its own epoch says. */
const epochOf = (key: string, value: Uint8Array): Epoch =>
  key.startsWith(RECORDS_PREFIX) ? epochOfRecord(value) : 0;

/** The same, mirrored over a broker to those of other machines. */
function mirroredStore(
  path: string,
  mirror: Omit<MqttMirrorSettings, "node">,
  events: StoreEvents,
): OwnedSessionStore {
  const { onHealth, onNotice, onBadRecord } = events;
  const local = new SqliteDriver({
    path,
    onHealth: () => driver.healthChanged(),
    ...(onNotice ? { onNotice } : undefined),
  });
  // 8 characters, another one at each start.
  const node = randomBytes(6).toString("base64url");
  const driver = new MirroredDriver({
    local,
    node,
    epochOf,
    link: new MqttMirrorLink({ ...mirror, node }),
    clock: systemClock,
    ...(onHealth ? { onHealth } : undefined),
    ...(onBadRecord ? { onBadMessage: onBadRecord } : undefined),
  });
  return storeOver(driver, events);
}

/** What a store's settings don't say. */
export interface StorePlace {
  /** Folder that a relative path is taken from. */
  readonly folder: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Certificates, as a tls-config node gives them. */
  readonly tls?: object | undefined;
}

/** The store that the settings name; nothing is opened before its first use but the connection to a mirror's broker. */
export function openStore(
  { path, mirror, cluster }: StoreSettings,
  { folder, user, password = "", tls }: StorePlace,
  events: StoreEvents = {},
): OwnedSessionStore {
  const file = resolve(folder, path);
  const encrypted = tls ? { tls } : undefined;
  if (mirror) {
    const login = user ? { username: user, password } : undefined;
    return mirroredStore(file, { ...mirror, ...login, ...encrypted }, events);
  }
  if (!cluster) return sqliteStore(file, events);
  const { onHealth } = events;
  const login = user ? { user, password } : undefined;
  const heard = onHealth ? { onHealth } : undefined;
  return storeOver(new NatsDriver({ ...cluster, ...login, ...encrypted, ...heard }), events);
}
