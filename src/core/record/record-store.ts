import type { Revision } from "../units.ts";
import type { SlotId, SlotRecord, StoredRecord } from "./slot-record.ts";
import type { StoreHealth } from "./store-driver.ts";

/** Outcome of one compare-and-set of a record. None of them is an error: each is expected. */
export type RecordWrite =
  | { readonly outcome: "written"; readonly revision: Revision }
  /** Somebody else wrote: `stored` is what stands (undefined: the record is absent). */
  | { readonly outcome: "conflict"; readonly stored: StoredRecord | undefined }
  /** Its fate is unknown (a time-out): re-read and compare `writeId`. */
  | { readonly outcome: "indeterminate"; readonly error: Error };

/** Port of the store of slot records, over a StoreDriver. */
export interface RecordStore {
  /** Rejects with StitchError `STORE_UNAVAILABLE`, or `BAD_RECORD` where what is stored is not a record. */
  read(id: SlotId): Promise<StoredRecord | undefined>;
  /** Creates with `expected` 0. Rejects only for a value that can't be stored (`BAD_VALUE`, `VALUE_TOO_LARGE`). */
  write(id: SlotId, record: SlotRecord, expected: Revision): Promise<RecordWrite>;
  /** Changes of any record, by any process; the replica's feed. Returns the function that ends it. */
  watch(onChange: (id: SlotId, stored: StoredRecord | undefined) => void): Promise<() => void>;
  health(): StoreHealth;
}
