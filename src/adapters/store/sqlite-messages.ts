/** What the two ends of the SQLite driver say to each other; values travel in the parcel's bytes. */
import type { StitchErrorCode } from "../../core/errors.ts";
import type { StoreHealth } from "../../core/record/store-driver.ts";
import type { Revision } from "../../core/units.ts";

export interface SqliteSetup {
  /** Absolute. */
  readonly path: string;
  /** How often other processes' writes are looked for while somebody watches. */
  readonly pollMs: number;
  /** How long a write waits for another process's. */
  readonly busyMs: number;
}

/** Entries in columns; size -1: deleted, no value. */
export interface Rows {
  readonly keys: string[];
  readonly revisions: Revision[];
  readonly sizes: number[];
}

interface Asked {
  /** Answered under this number. */
  readonly id: number;
}
export interface PutOp extends Asked {
  readonly kind: "put";
  readonly key: string;
  readonly size: number;
  /** To be told when it is decided, before it is on disk. */
  readonly isEager: boolean;
}
export interface CasOp extends Asked {
  readonly kind: "cas";
  readonly key: string;
  readonly size: number;
  readonly expected: Revision;
  /** It needn't be on disk when it is answered. */
  readonly isCopy: boolean;
  readonly isEager: boolean;
}
export interface DeleteOp extends Asked {
  readonly kind: "delete";
  readonly key: string;
  readonly expected: Revision | undefined;
}
export type WriteOp = PutOp | CasOp | DeleteOp;
export interface GetOp extends Asked {
  readonly kind: "get";
  readonly key: string;
}
export interface SnapshotOp extends Asked {
  readonly kind: "snapshot";
  readonly prefix: string;
}
/** Streams changes from now on; its answer holds those after `since`. */
export interface WatchOp extends Asked {
  readonly kind: "watch";
  readonly prefix: string;
  readonly since: Revision | undefined;
}
/** "open" tries to open, "count" counts the entries, "unwatch" ends the stream of changes, "close" ends the worker. */
export interface ControlOp extends Asked {
  readonly kind: "open" | "count" | "unwatch" | "close";
}
export type SqliteOp = WriteOp | GetOp | SnapshotOp | WatchOp | ControlOp;

/** A failure as it crosses threads. */
export interface Fault {
  readonly code: StitchErrorCode;
  readonly message: string;
}

export type SqliteAnswer =
  /** `revision`: up to which the rows are complete. */
  | { readonly kind: "rows"; readonly id: number; readonly rows: Rows; readonly revision: Revision }
  | { readonly kind: "wrote"; readonly id: number; readonly ok: boolean; readonly revision: Revision }
  | { readonly kind: "counted"; readonly id: number; readonly count: number }
  | { readonly kind: "done"; readonly id: number }
  | { readonly kind: "failed"; readonly id: number; readonly fault: Fault }
  /** Before the answers to these writes: they will be done, unless the disk fails. */
  | { readonly kind: "decided"; readonly ids: readonly number[]; readonly revisions: readonly Revision[] }
  /** Unasked: */
  | { readonly kind: "changes"; readonly rows: Rows }
  | { readonly kind: "health"; readonly health: StoreHealth }
  | { readonly kind: "notice"; readonly fault: Fault };

export const isWrite = (op: SqliteOp): op is WriteOp =>
  op.kind === "put" || op.kind === "cas" || op.kind === "delete";
