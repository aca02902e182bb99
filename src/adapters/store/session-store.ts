import type { StitchError } from "../../core/errors.ts";
import type { RecordStore } from "../../core/record/record-store.ts";
import type { StoreDriver, StoreHealth } from "../../core/record/store-driver.ts";
import { DriverRecords } from "./driver-records.ts";
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

/** The embedded store in a file (absolute path), which the processes of one machine share. */
export function sqliteStore(path: string, { onBadRecord, ...events }: StoreEvents = {}): OwnedSessionStore {
  const driver = new SqliteDriver({ path, ...events });
  return {
    driver,
    records: new DriverRecords(driver, onBadRecord ? { onBadRecord } : {}),
    health: () => driver.health(),
    close: () => driver.close(),
  };
}
