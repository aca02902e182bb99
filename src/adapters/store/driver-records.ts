import { StitchError } from "../../core/errors.ts";
import type { RecordStore, RecordWrite } from "../../core/record/record-store.ts";
import type { SlotId, SlotRecord, StoredRecord } from "../../core/record/slot-record.ts";
import type { StoreChange, StoreDriver, StoreEntry, StoreHealth } from "../../core/record/store-driver.ts";
import type { Revision } from "../../core/units.ts";
import { decodeEntry, decodeRecord, encodeRecord } from "./record-codec.ts";
import { RECORDS_PREFIX, recordKey, slotOfKey } from "./record-key.ts";

type OnChange = (id: SlotId, stored: StoredRecord | undefined) => void;

export interface DriverRecordsOptions {
  /** After so long a write's fate counts as unknown. */
  readonly timeoutMs?: number;
  /** A record that came by the feed and can't be read; a read of it is rejected. */
  readonly onBadRecord?: (error: Error) => void;
}

const TIMEOUT_MS = 5000;

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const isRefused = (error: unknown): boolean =>
  error instanceof StitchError && (error.code === "BAD_VALUE" || error.code === "VALUE_TOO_LARGE");

/** Rejects with `INDETERMINATE` where `promise` takes too long; it may still succeed. */
function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void =>
      reject(new StitchError("INDETERMINATE", `session store: no answer within ${ms} ms`));
    const timer = setTimeout(late, ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Slot records over any driver. */
export class DriverRecords implements RecordStore {
  readonly #driver: StoreDriver;
  readonly #timeoutMs: number;
  readonly #onBadRecord: (error: Error) => void;
  /** Reads of this turn of the event loop, by key: each of them is asked once. */
  readonly #reads = new Map<string, Promise<StoreEntry | undefined>>();
  readonly #watchers = new Set<OnChange>();
  #feed: Promise<() => void> | undefined;

  constructor(driver: StoreDriver, options: DriverRecordsOptions = {}) {
    this.#driver = driver;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#onBadRecord = options.onBadRecord ?? (() => undefined);
  }

  health(): StoreHealth {
    return this.#driver.health();
  }

  async read(id: SlotId): Promise<StoredRecord | undefined> {
    const entry = await this.#get(recordKey(id).key);
    // Decoded for each reader: a flow may change what it was given.
    return entry && { record: decodeRecord(entry.value), revision: entry.revision };
  }

  async write(id: SlotId, record: SlotRecord, expected: Revision): Promise<RecordWrite> {
    const { key } = recordKey(id);
    const value = encodeRecord(id, record);
    this.#reads.delete(key);
    try {
      const result = await within(this.#driver.cas(key, value, expected), this.#timeoutMs);
      if (result.ok) return { outcome: "written", revision: result.revision };
      return { outcome: "conflict", stored: await this.read(id) };
    } catch (error) {
      if (isRefused(error)) throw error;
      // Also where nothing was written for certain: whoever reads again finds out.
      return { outcome: "indeterminate", error: asError(error) };
    }
  }

  async watch(onChange: OnChange): Promise<() => void> {
    this.#watchers.add(onChange);
    this.#feed ??= this.#driver.watch(RECORDS_PREFIX, (change) => this.#changed(change));
    const feed = this.#feed;
    try {
      await feed;
    } catch (error) {
      this.#watchers.delete(onChange);
      if (this.#feed === feed) this.#feed = undefined;
      throw error;
    }
    return () => this.#unwatch(onChange);
  }

  #get(key: string): Promise<StoreEntry | undefined> {
    const known = this.#reads.get(key);
    if (known) return known;
    if (this.#reads.size === 0) setImmediate(() => this.#reads.clear());
    const asked = within(this.#driver.get(key), this.#timeoutMs);
    this.#reads.set(key, asked);
    return asked;
  }

  #unwatch(onChange: OnChange): void {
    if (!this.#watchers.delete(onChange) || this.#watchers.size > 0) return;
    const feed = this.#feed;
    this.#feed = undefined;
    feed?.then(
      (end) => end(),
      () => undefined,
    );
  }

  #changed({ key, value, revision }: StoreChange): void {
    try {
      if (value) {
        for (const watcher of this.#watchers) {
          const { id, record } = decodeEntry(key, value);
          watcher(id, { record, revision });
        }
        return;
      }
      const id = slotOfKey(key);
      if (id) for (const watcher of this.#watchers) watcher(id, undefined);
    } catch (error) {
      this.#onBadRecord(asError(error));
    }
  }
}
