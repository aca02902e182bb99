import type { DatabaseSync, StatementSync } from "node:sqlite";
import { StitchError } from "../../core/errors.ts";
import { SqliteEntries } from "./sqlite-entries.ts";
import { faultOf, isBroken, isBusy } from "./sqlite-fault.ts";
import { identityOf, openFile } from "./sqlite-file.ts";
import type { Fault, SqliteSetup } from "./sqlite-messages.ts";

/** A file that couldn't be opened is tried again, but not at every operation. */
const REOPEN_MS = 1000;
/** A wait for another process's transaction, which takes about as long as its disk's fsync. */
const BUSY_WAIT_MS = 1;
const pause = new Int32Array(new SharedArrayBuffer(4));

interface Open {
  readonly db: DatabaseSync;
  readonly entries: SqliteEntries;
  readonly identity: string;
  /** Asked for again and again: compiled once. */
  readonly begin: StatementSync;
  readonly commit: StatementSync;
  synchronous: "FULL" | "NORMAL";
}

/** The open file: opened when it is needed, opened anew where it was moved away or can't be trusted any more. */
export class SqliteConnection {
  readonly #setup: SqliteSetup;
  readonly #tell: (notice: Fault) => void;
  #open: Open | undefined;
  /** Why the last attempt to open failed, and when the next may be made. */
  #failure: { readonly fault: Fault; readonly untilMs: number } | undefined;

  constructor(setup: SqliteSetup, tell: (notice: Fault) => void) {
    this.#setup = setup;
    this.#tell = tell;
  }

  /** Throws StitchError where the file can't be opened; `onOpened` is called before the first use. */
  entries(onOpened: (entries: SqliteEntries) => void): SqliteEntries {
    if (this.#open && !this.#isInPlace(this.#open)) {
      const message = `session store "${this.#setup.path}" was moved or removed while open: opened again`;
      this.#tell({ code: "STORE_CORRUPT", message });
      this.close();
    }
    if (!this.#open) {
      this.#open = this.#tryOpen();
      onOpened(this.#open.entries);
    }
    return this.#open.entries;
  }

  close(): void {
    this.#open?.db.close();
    this.#open = undefined;
  }

  /** Closes a connection that failed so that it may not be trusted; true where it did. */
  closeIfBroken(error: unknown): boolean {
    if (!isBroken(error)) return false;
    this.close();
    return true;
  }

  /**
   * All that `write` does is done when it returns, or none of it; on disk with FULL, while with NORMAL a power failure
   * may undo it until the next FULL one (sqlite.org/pragma.html#pragma_synchronous). Waits for other processes, but
   * not for ever.
   */
  transact(synchronous: "FULL" | "NORMAL", write: () => void): void {
    const open = this.#open as Open;
    if (open.synchronous !== synchronous) open.db.exec(`PRAGMA synchronous = ${synchronous}`);
    open.synchronous = synchronous;
    this.#begin(open);
    let isCommitting = false;
    try {
      // Under the lock: whoever moves the file can't do it unseen.
      if (!this.#isInPlace(open))
        throw new StitchError("STORE_UNAVAILABLE", `session store "${this.#setup.path}" was just moved`);
      write();
      isCommitting = true;
      open.commit.run();
    } catch (error) {
      this.#rollBack(open.db);
      if (!this.closeIfBroken(error) || !isCommitting) throw error;
      // The disk failed at the end: the commit may be found done when the file is opened again.
      throw new StitchError("INDETERMINATE", faultOf(error, this.#setup.path).message, { cause: error });
    }
  }

  #isInPlace({ identity }: Open): boolean {
    return identityOf(this.#setup.path) === identity;
  }

  #tryOpen(): Open {
    const failed = this.#failure;
    if (failed && performance.now() < failed.untilMs)
      throw new StitchError(failed.fault.code, failed.fault.message);
    try {
      const { db, identity } = openFile(this.#setup, this.#tell);
      this.#failure = undefined;
      const [begin, commit] = [db.prepare("BEGIN IMMEDIATE"), db.prepare("COMMIT")];
      return { db, identity, entries: new SqliteEntries(db), begin, commit, synchronous: "FULL" };
    } catch (error) {
      this.#failure = { fault: faultOf(error, this.#setup.path), untilMs: performance.now() + REOPEN_MS };
      throw error;
    }
  }

  #begin({ begin }: Open): void {
    const deadline = performance.now() + this.#setup.busyMs;
    for (;;) {
      try {
        begin.run();
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw error;
        Atomics.wait(pause, 0, 0, BUSY_WAIT_MS);
      }
    }
  }

  #rollBack(db: DatabaseSync): void {
    try {
      db.exec("ROLLBACK");
    } catch {
      // SQLite has done it by itself, as it does where the disk is full or broken.
    }
  }
}
