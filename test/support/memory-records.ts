import type { RecordStore, RecordWrite } from "../../src/core/record/record-store.ts";
import type { SlotId, SlotRecord, StoredRecord } from "../../src/core/record/slot-record.ts";
import type { StoreHealth } from "../../src/core/record/store-driver.ts";
import { slotKey } from "../../src/core/stitch/slot-key.ts";

/** A record store in memory; answers come in later turns of the event loop, as from a real one. */
export class MemoryRecords implements RecordStore {
  readonly records = new Map<string, StoredRecord>();
  /** What the next writes answer instead of being done. */
  readonly failures: (RecordWrite | Error)[] = [];
  writes = 0;
  reads = 0;
  #revision = 0;
  readonly #watchers = new Set<(id: SlotId, stored: StoredRecord | undefined) => void>();

  get(id: SlotId): StoredRecord | undefined {
    return this.records.get(slotKey(id));
  }

  async read(id: SlotId): Promise<StoredRecord | undefined> {
    this.reads++;
    await new Promise(setImmediate);
    return this.get(id);
  }

  async write(id: SlotId, record: SlotRecord, expected: number): Promise<RecordWrite> {
    this.writes++;
    await new Promise(setImmediate);
    const failure = this.failures.shift();
    if (failure instanceof Error) throw failure;
    if (failure) return failure;
    const stands = this.get(id);
    if ((stands?.revision ?? 0) !== expected) return { outcome: "conflict", stored: stands };
    return { outcome: "written", revision: this.put(id, record).revision };
  }

  /** Somebody else's write. */
  put(id: SlotId, record: SlotRecord): StoredRecord {
    const stored = { record: structuredClone(record), revision: ++this.#revision };
    this.records.set(slotKey(id), stored);
    for (const watcher of this.#watchers) setImmediate(watcher, id, stored);
    return stored;
  }

  async watch(onChange: (id: SlotId, stored: StoredRecord | undefined) => void): Promise<() => void> {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  health(): StoreHealth {
    return { state: "ready" };
  }
}
