import type { DatabaseSync } from "node:sqlite";
import { StitchError } from "../../core/errors.ts";
import type { CasResult, StoreHealth } from "../../core/record/store-driver.ts";
import type { Revision } from "../../core/units.ts";
import type { ParcelWriter } from "./parcel.ts";
import { type EntryRow, SqliteEntries } from "./sqlite-entries.ts";
import { faultOf, isBroken, isBusy } from "./sqlite-fault.ts";
import { identityOf, type OpenFile, openFile } from "./sqlite-file.ts";
import {
  type Fault,
  isWrite,
  type Rows,
  type SqliteAnswer,
  type SqliteOp,
  type SqliteSetup,
  type WatchOp,
  type WriteOp,
} from "./sqlite-messages.ts";
import { FEED_DEPTH } from "./sqlite-schema.ts";

/** An operation and the value it carries. */
export interface SqliteTask {
  readonly op: SqliteOp;
  readonly value: Uint8Array | undefined;
}

/** A file that couldn't be opened is tried again, but not at every operation. */
const REOPEN_MS = 1000;
/** A wait for another process's transaction, which takes about as long as its disk's fsync. */
const BUSY_WAIT_MS = 1;
const pause = new Int32Array(new SharedArrayBuffer(4));
const NOTHING = new Uint8Array(0);

const attempt = (step: () => void): void => {
  try {
    step();
  } catch {
    // It was done already.
  }
};

/** Runs operations on the file, a batch of them as one transaction; synchronous: it has a thread of its own. */
export class SqliteEngine {
  readonly #setup: SqliteSetup;
  readonly #out: ParcelWriter<SqliteAnswer>;
  #file: OpenFile | undefined;
  #entries: SqliteEntries | undefined;
  #failure: Fault | undefined;
  #retryAtMs = 0;
  /** Last revision told to the watchers; undefined: nobody watches. */
  #fed: Revision | undefined;
  #dataVersion = 0;
  #told = "";

  constructor(setup: SqliteSetup, out: ParcelWriter<SqliteAnswer>) {
    this.#setup = setup;
    this.#out = out;
  }

  get isWatched(): boolean {
    return this.#fed !== undefined;
  }

  /** Runs a batch; every operation is answered, those of a failed transaction with its failure. */
  run(tasks: readonly SqliteTask[]): void {
    try {
      const db = this.#open();
      const writes = tasks.filter(({ op }) => isWrite(op));
      // Reads come after: they see only what is committed.
      const reads = tasks.filter(({ op }) => !isWrite(op));
      let isWell = writes.length === 0 || this.#attempt(writes, () => this.#transact(db, writes));
      this.#feed();
      for (const read of reads) isWell = this.#attempt([read], () => this.#read(read.op)) && isWell;
      if (isWell) this.#healthy();
    } catch (error) {
      this.#failed(tasks, error);
    }
  }

  /** Looks for what other processes wrote, or did to the file. */
  poll(): void {
    try {
      this.#open();
      const version = this.#entries?.dataVersion() ?? 0;
      if (version === this.#dataVersion) return;
      this.#dataVersion = version;
      this.#feed();
    } catch (error) {
      this.#failed([], error);
    }
  }

  close(): void {
    this.#file?.db.close();
    this.#file = undefined;
    this.#entries = undefined;
  }

  #open(): DatabaseSync {
    if (this.#file && identityOf(this.#setup.path) !== this.#file.identity) {
      const message = `session store "${this.#setup.path}" was moved or removed while open: opened again`;
      this.#out.add({ kind: "notice", fault: { code: "STORE_CORRUPT", message } });
      this.close();
    }
    if (this.#file) return this.#file.db;
    if (this.#failure && performance.now() < this.#retryAtMs)
      throw new StitchError(this.#failure.code, this.#failure.message);
    this.#retryAtMs = performance.now() + REOPEN_MS;
    this.#file = openFile(this.#setup, (fault) => this.#out.add({ kind: "notice", fault }));
    this.#entries = new SqliteEntries(this.#file.db);
    // A file begun anew counts from 1 again.
    if (this.#fed !== undefined) this.#fed = Math.min(this.#fed, this.#entries.lastRevision());
    this.#dataVersion = -1;
    return this.#file.db;
  }

  /** Waits for other processes, but not for ever. */
  #begin(db: DatabaseSync): void {
    const deadline = performance.now() + this.#setup.busyMs;
    for (;;) {
      try {
        db.exec("BEGIN IMMEDIATE");
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw error;
        Atomics.wait(pause, 0, 0, BUSY_WAIT_MS);
      }
    }
  }

  #transact(db: DatabaseSync, tasks: readonly SqliteTask[]): void {
    this.#begin(db);
    const results: SqliteAnswer[] = [];
    try {
      // Under the lock: whoever moves the file can't do it unseen.
      if (identityOf(this.#setup.path) !== this.#file?.identity)
        throw new StitchError("STORE_UNAVAILABLE", `session store "${this.#setup.path}" was just moved`);
      let revision = this.#entries?.lastRevision() ?? 0;
      for (const { op, value } of tasks)
        results.push({ kind: "wrote", id: op.id, ...this.#write(op as WriteOp, value, ++revision) });
    } catch (error) {
      // SQLite has rolled back by itself where the disk is full or broken.
      if (db.isTransaction !== false) attempt(() => db.exec("ROLLBACK"));
      throw error;
    }
    try {
      db.exec("COMMIT");
    } catch (cause) {
      this.close();
      throw new StitchError("INDETERMINATE", faultOf(cause, this.#setup.path).message, { cause });
    }
    for (const result of results) this.#out.add(result);
  }

  #write(op: WriteOp, value: Uint8Array = NOTHING, revision: Revision): CasResult {
    const entries = this.#entries as SqliteEntries;
    switch (op.kind) {
      case "put":
        return entries.put(op.key, value, revision);
      case "cas":
        return entries.cas(op.key, value, op.expected, revision);
      case "delete":
        return entries.delete(op.key, op.expected, revision);
      default:
        return op satisfies never;
    }
  }

  #read(op: SqliteOp): void {
    const entries = this.#entries as SqliteEntries;
    switch (op.kind) {
      case "get": {
        const row = entries.get(op.key);
        this.#rows(op.id, row ? [row] : [], row?.revision ?? 0);
        break;
      }
      case "snapshot":
        this.#rows(op.id, entries.withPrefix(op.prefix), entries.lastRevision());
        break;
      case "watch":
        this.#watch(op, entries);
        break;
      case "unwatch":
        this.#fed = undefined;
        this.#out.add({ kind: "done", id: op.id });
        break;
      default:
        this.#out.add({ kind: "done", id: op.id });
    }
  }

  /** The answer is complete up to `#fed`, the stream goes on from there. */
  #watch({ id, prefix, since }: WatchOp, entries: SqliteEntries): void {
    const last = entries.lastRevision();
    if (since !== undefined && since < last - FEED_DEPTH)
      throw new StitchError(
        "STORE_UNAVAILABLE",
        `no changes are kept since revision ${since}: take a snapshot`,
      );
    this.#fed ??= last;
    const caughtUp = this.#fed;
    const missed = since === undefined ? [] : [...entries.since(since)];
    const wanted = missed.filter(({ key, revision }) => key.startsWith(prefix) && revision <= caughtUp);
    this.#rows(id, wanted, caughtUp);
  }

  #feed(): void {
    const entries = this.#entries;
    if (this.#fed === undefined || !entries) return;
    const rows = this.#collect(entries.since(this.#fed));
    if (rows.keys.length === 0) return;
    this.#fed = rows.revisions.at(-1);
    this.#out.add({ kind: "changes", rows });
  }

  #rows(id: number, found: Iterable<EntryRow>, revision: Revision): void {
    const rows = this.#collect(found);
    this.#out.add({ kind: "rows", id, rows, revision });
  }

  #collect(found: Iterable<EntryRow>): Rows {
    const rows: Rows = { keys: [], revisions: [], sizes: [] };
    // Read to the end first: values of a query that fails half-way would be taken for the next item's.
    for (const { key, value, revision } of Array.from(found)) {
      rows.keys.push(key);
      rows.revisions.push(revision);
      rows.sizes.push(value ? value.byteLength : -1);
      if (value) this.#out.append(value);
    }
    return rows;
  }

  #attempt(tasks: readonly SqliteTask[], step: () => void): boolean {
    try {
      step();
      return true;
    } catch (error) {
      this.#failed(tasks, error);
      return false;
    }
  }

  #failed(tasks: readonly SqliteTask[], error: unknown): void {
    const fault = faultOf(error, this.#setup.path);
    for (const { op } of tasks) this.#out.add({ kind: "failed", id: op.id, fault });
    if (!this.#file) this.#failure = fault;
    if (isBroken(error)) {
      this.close();
      // Looked at anew at once: damage is moved aside, a stalled disk may be back.
      this.#retryAtMs = 0;
    }
    this.#health({ state: "degraded", reason: fault.message });
  }

  #healthy(): void {
    this.#failure = undefined;
    this.#health({ state: "ready" });
  }

  #health(health: StoreHealth): void {
    const text = `${health.state} ${health.reason}`;
    if (text === this.#told) return;
    this.#told = text;
    this.#out.add({ kind: "health", health });
  }
}
