import type { RecordStore } from "../../core/record/record-store.ts";
import type { StoreDriver, StoreHealth } from "../../core/record/store-driver.ts";

/**
 * What a session-store node offers as its property `store`; the pools and nodes that name it share it.
 * Opened at the first use: `records` and `driver` are usable at once, their operations wait for the store.
 */
export interface SessionStore {
  readonly records: RecordStore;
  readonly driver: StoreDriver;
  health(): StoreHealth;
}
