import type { DatabaseSync } from "node:sqlite";
import { StitchError } from "../../core/errors.ts";

/** "STCH": tells our files from other applications' (SQLite file format, section 1.3.17). */
const APPLICATION_ID = 0x53544348;

/**
 * Step i takes a file from version i to i + 1. A rowid table: without one, values took 4 × the space.
 * A deleted key keeps its row without a value, so that the feed tells of it.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE entries (key TEXT NOT NULL UNIQUE, value BLOB, revision INTEGER NOT NULL);
   CREATE UNIQUE INDEX entries_by_revision ON entries (revision);
   CREATE INDEX deleted_entries ON entries (revision) WHERE value IS NULL;`,
];

/** Deletions are told to watchers that resume at most so many revisions back. */
export const FEED_DEPTH = 1_000_000;

/** In one statement, that is at one time: another process may be at making what is read here. */
const READ_HEADER = `SELECT (SELECT application_id FROM pragma_application_id) AS id,
  (SELECT user_version FROM pragma_user_version) AS version, (SELECT count(*) FROM sqlite_schema) AS objects`;

interface Header {
  readonly id: number;
  readonly version: number;
  readonly objects: number;
}

function versionOf(db: DatabaseSync, path: string, newest: number): number {
  const { id, version, objects } = db.prepare(READ_HEADER).get() as unknown as Header;
  const isNew = id === 0 && version === 0 && objects === 0;
  if (isNew) return 0;
  if (id !== APPLICATION_ID)
    throw new StitchError("BAD_CONFIG", `"${path}" is another application's SQLite file: not touched`);
  if (version > newest)
    throw new StitchError(
      "BAD_CONFIG",
      `"${path}" has schema version ${version}, this palette knows up to ${newest}: update the palette`,
    );
  return version;
}

/** Throws StitchError `BAD_CONFIG` for a newer file, or one that isn't a session store; changes nothing of it. */
export function checkOurs(db: DatabaseSync, path: string): void {
  versionOf(db, path, MIGRATIONS.length);
}

/**
 * Brings a file to the newest schema version, in one transaction. Throws StitchError `BAD_CONFIG` for a newer
 * file, or one that isn't a session store; both stay as they are.
 */
export function migrate(db: DatabaseSync, path: string, migrations: readonly string[] = MIGRATIONS): void {
  if (versionOf(db, path, migrations.length) < migrations.length) {
    db.exec("BEGIN IMMEDIATE");
    try {
      // Again, under the lock: another process may have been quicker.
      for (const step of migrations.slice(versionOf(db, path, migrations.length))) db.exec(step);
      db.exec(
        `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}; COMMIT`,
      );
    } catch (error) {
      db.exec("ROLLBACK");
      throw error;
    }
  }
}

/** Forgets deletions that are too old for any watcher. */
export function prune(db: DatabaseSync): void {
  db.exec(
    `DELETE FROM entries WHERE value IS NULL AND revision < (SELECT max(revision) FROM entries) - ${FEED_DEPTH}`,
  );
}
