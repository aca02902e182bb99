import { renameSync, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { StitchError } from "../../core/errors.ts";
import { flawOfPlace, preparePlace } from "./file-place.ts";
import { isBusy, isDamage, isUnopened } from "./sqlite-fault.ts";
import type { Fault, SqliteSetup } from "./sqlite-messages.ts";
import { checkOurs, migrate, prune } from "./sqlite-schema.ts";

export interface OpenFile {
  readonly db: DatabaseSync;
  /** Tells whether the path still names the file that is open. */
  readonly identity: string;
}

/** Several connections need the WAL fix of this release (sqlite.org/releaselog/3_51_3.html). */
const SAFE_SQLITE = [3, 51, 3] as const;

/**
 * Never opens the file itself: closing a descriptor of one's own would drop the POSIX locks that SQLite holds in
 * the same process (sqlite.org/howtocorrupt.html, section 2.2).
 */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Of the file that a path names; "" where there is none. */
export function identityOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stats ? `${stats.dev}:${stats.ino}` : "";
}

/** SQLite would throw the log of an emptied file away. */
function isEmptied(path: string): boolean {
  return sizeOf(path) === 0 && sizeOf(`${path}-wal`) > 0;
}

function isDamaged(db: DatabaseSync): boolean {
  const verdict = Object.values(db.prepare("PRAGMA quick_check(1)").get() ?? {})[0];
  return verdict !== "ok";
}

function loadSqlite(): typeof import("node:sqlite") {
  const sqlite = process.getBuiltinModule("node:sqlite");
  if (sqlite) return sqlite;
  const text = `the sqlite engine needs Node.js 22.13 or later, this is ${process.version}`;
  // It never comes back by itself.
  throw new StitchError("BAD_CONFIG", text);
}

function isOldSqlite(version: string): boolean {
  const parts = version.split(".").map(Number);
  for (const [i, wanted] of SAFE_SQLITE.entries()) {
    const part = parts[i] ?? 0;
    if (part !== wanted) return part < wanted;
  }
  return false;
}

/**
 * A process that has the file open notices at its next step, by the file's identity. The same goes for two that
 * find the damage at once: the second must not move what the first has begun.
 */
function moveAside(path: string, identity: string): Fault | undefined {
  if (identityOf(path) !== identity) return undefined;
  const suffix = `damaged-${new Date().toISOString().replace(/[:.]/g, "-")}-${process.pid}`;
  const kept = `${path}.${suffix}`;
  for (const part of ["", "-wal", "-shm"])
    if (statSync(path + part, { throwIfNoEntry: false })) renameSync(path + part, kept + part);
  const message = `session store "${path}" is damaged: kept as "${kept}", a new one was begun`;
  return { code: "STORE_CORRUPT", message };
}

/** Somebody else's transaction must not keep us from reading. */
function pruneUnlessBusy(db: DatabaseSync): void {
  try {
    prune(db);
  } catch (error) {
    if (!isBusy(error)) throw error;
  }
}

/** Opens, or says that the file is damaged. Throws StitchError `BAD_CONFIG` where its owner must correct the path. */
function tryOpen(setup: SqliteSetup): OpenFile | "damaged" {
  if (isEmptied(setup.path)) return "damaged";
  try {
    return openWhole(setup);
  } catch (error) {
    throw (isUnopened(error) && flawOfPlace(setup.path)) || error;
  }
}

function openWhole({ path, busyMs }: SqliteSetup): OpenFile | "damaged" {
  const sqlite = loadSqlite();
  const db = new sqlite.DatabaseSync(path);
  try {
    db.exec(`PRAGMA busy_timeout = ${busyMs}`);
    if (isDamaged(db)) {
      db.close();
      return "damaged";
    }
    // First: the journal's mode is written into the file.
    checkOurs(db, path);
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    migrate(db, path);
    // From here on the engine waits itself: SQLite's own waits grow to 100 ms.
    db.exec("PRAGMA busy_timeout = 0; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16000");
    pruneUnlessBusy(db);
    return { db, identity: identityOf(path) };
  } catch (error) {
    db.close();
    if (isDamage(error)) return "damaged";
    throw error;
  }
}

/**
 * Opens the store's file, made anew with its folder where there is none. A damaged one is moved aside and told by
 * `tell`; a newer one, or another application's, is refused and stays untouched.
 */
export function openFile(setup: SqliteSetup, tell: (notice: Fault) => void): OpenFile {
  const { path } = setup;
  preparePlace(path);
  const version = process.versions["sqlite"] ?? "0";
  const identity = identityOf(path);
  let opened = tryOpen(setup);
  if (opened === "damaged") {
    const notice = moveAside(path, identity);
    if (notice) tell(notice);
    opened = tryOpen(setup);
  }
  if (opened === "damaged")
    throw new StitchError("STORE_CORRUPT", `session store "${path}" is damaged again`);
  if (isOldSqlite(version))
    tell({
      code: "STORE_UNAVAILABLE",
      message: `SQLite ${version} of this Node.js: let only one process use "${path}", or update Node.js`,
    });
  return opened;
}
