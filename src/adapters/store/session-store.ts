import { randomBytes } from "node:crypto";
import type { StitchError } from "../../core/errors.ts";
import type { RecordStore } from "../../core/record/record-store.ts";
import type { StoreDriver, StoreHealth } from "../../core/record/store-driver.ts";
import type { Epoch } from "../../core/units.ts";
import { systemClock } from "../clock.ts";
import { DriverRecords } from "./driver-records.ts";
import { MirroredDriver } from "./mirrored-driver.ts";
import { MqttMirrorLink, type MqttMirrorSettings } from "./mqtt-mirror-link.ts";
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
export function mirroredStore(
  path: string,
  mirror: Omit<MqttMirrorSettings, "node">,
  events: StoreEvents = {},
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
