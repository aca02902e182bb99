import type { Revision } from "../units.ts";

/** What a driver promises; nodes and tests are gated on these. */
export interface StoreCapabilities {
  /** Compare-and-set is atomic over all writers. */
  readonly cas: boolean;
  /** What an acknowledged write has survived. */
  readonly ack: "local" | "disk" | "quorum";
  /** `watch` can start after a given revision without a gap. */
  readonly resumeFeed: boolean;
  /** Longest value, bytes. */
  readonly maxValue: number;
}

export interface StoreEntry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly revision: Revision;
}

/** One change seen by `watch`; `value` is undefined for a deletion. */
export interface StoreChange {
  readonly key: string;
  readonly value: Uint8Array | undefined;
  readonly revision: Revision;
}

export type CasResult =
  | { readonly ok: true; readonly revision: Revision }
  /** `revision` is the current one (0: the key is absent). */
  | { readonly ok: false; readonly revision: Revision };

export interface WriteOptions {
  /**
   * Called, by drivers that can, when the write will be done at this revision unless the disk fails, and before that is
   * certain: what can go on meanwhile needn't wait for the disk.
   */
  readonly onDecided?: (revision: Revision) => void;
  /**
   * Instead of that, with a `put`: called at once where the value can be stored and the store is well. Nothing is
   * compared, so only the disk, or whoever keeps it locked, can keep the write from being done.
   */
  readonly onAsked?: () => void;
}

export interface StoreHealth {
  readonly state: "opening" | "ready" | "degraded" | "closed";
  /** Why it is not ready, for people. */
  readonly reason?: string;
  /** Degraded, and yet what is written is on this machine's disk when it is acknowledged. */
  readonly isOnDisk?: true;
}

/**
 * Port of a key-value store of session records. Keys are non-empty strings of at most 2,048 UTF-8 bytes;
 * revisions are positive integers that grow over the whole store.
 * `put`, `cas` and `delete` resolve when the write is acknowledged at the level `capabilities.ack`.
 * A write whose fate is unknown rejects with StitchError `INDETERMINATE`: the writer re-reads.
 */
export interface StoreDriver {
  readonly capabilities: StoreCapabilities;
  open(): Promise<void>;
  get(key: string): Promise<StoreEntry | undefined>;
  /** All entries whose key starts with `prefix`, by key. */
  snapshot(prefix: string): Promise<readonly StoreEntry[]>;
  /**
   * Calls `onChange` for each change of a key that starts with `prefix`, from any process, in revision order,
   * at least the last change of each key. With `sinceRevision`, changes after it (capability `resumeFeed`).
   */
  watch(
    prefix: string,
    onChange: (change: StoreChange) => void,
    options?: { readonly sinceRevision?: Revision },
  ): Promise<() => void>;
  put(key: string, value: Uint8Array, options?: WriteOptions): Promise<Revision>;
  /** Writes only if the key's revision is `expected` (0: only if it is absent). */
  cas(key: string, value: Uint8Array, expected: Revision, options?: WriteOptions): Promise<CasResult>;
  /** `cas` of a value that somebody else keeps, too: a power failure may take it back. */
  copy?(key: string, value: Uint8Array, expected: Revision): Promise<CasResult>;
  /** Deletes; with `expected`, only at that revision. */
  delete(key: string, expected?: Revision): Promise<CasResult>;
  /** Entries that are stored, those of the driver's own and marks of deletions included. */
  count?(): Promise<number>;
  health(): StoreHealth;
  close(): Promise<void>;
}
