import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { CasResult } from "../../core/record/store-driver.ts";
import type { Revision } from "../../core/units.ts";

/** A row; `value` is null where the key was deleted. */
export interface EntryRow {
  readonly key: string;
  readonly value: Uint8Array | null;
  readonly revision: Revision;
}

/** The statements on one connection; writes are given their revision and run inside the caller's transaction. */
export class SqliteEntries {
  readonly #last: StatementSync;
  readonly #get: StatementSync;
  readonly #from: StatementSync;
  readonly #since: StatementSync;
  readonly #put: StatementSync;
  readonly #create: StatementSync;
  readonly #update: StatementSync;
  readonly #delete: StatementSync;
  readonly #version: StatementSync;
  readonly #count: StatementSync;

  constructor(db: DatabaseSync) {
    const upsert =
      "INSERT INTO entries (key, value, revision) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, revision = excluded.revision";
    this.#last = db.prepare("SELECT max(revision) AS revision FROM entries");
    this.#get = db.prepare("SELECT key, value, revision FROM entries WHERE key = ? AND value IS NOT NULL");
    this.#from = db.prepare(
      "SELECT key, value, revision FROM entries WHERE key >= ? AND value IS NOT NULL ORDER BY key",
    );
    this.#since = db.prepare("SELECT key, value, revision FROM entries WHERE revision > ? ORDER BY revision");
    this.#put = db.prepare(upsert);
    this.#create = db.prepare(`${upsert} WHERE entries.value IS NULL`);
    this.#update = db.prepare(
      "UPDATE entries SET value = ?, revision = ? WHERE key = ? AND revision = ? AND value IS NOT NULL",
    );
    this.#delete = db.prepare(
      "UPDATE entries SET value = NULL, revision = ? WHERE key = ? AND value IS NOT NULL",
    );
    // Both from indexes alone.
    this.#count = db.prepare(
      "SELECT (SELECT count(*) FROM entries) - (SELECT count(*) FROM entries WHERE value IS NULL) AS count",
    );
    this.#version = db.prepare("PRAGMA data_version");
  }

  /** Changes when another connection has committed. */
  dataVersion(): number {
    return Number(this.#version.get()?.["data_version"]);
  }

  lastRevision(): Revision {
    return Number(this.#last.get()?.["revision"] ?? 0);
  }

  count(): number {
    return Number(this.#count.get()?.["count"]);
  }

  get(key: string): EntryRow | undefined {
    return this.#get.get(key) as EntryRow | undefined;
  }

  /** Keys with a prefix stand together in the index: one range, ended by the first that differs. */
  *withPrefix(prefix: string): Generator<EntryRow> {
    for (const row of this.#from.iterate(prefix)) {
      if (!String(row["key"]).startsWith(prefix)) return;
      yield row as unknown as EntryRow;
    }
  }

  /** Changes after a revision, in order; of a key that changed repeatedly only the last. */
  since(revision: Revision): Iterable<EntryRow> {
    return this.#since.iterate(revision) as unknown as Iterable<EntryRow>;
  }

  put(key: string, value: Uint8Array, revision: Revision): CasResult {
    this.#put.run(key, value, revision);
    return { ok: true, revision };
  }

  cas(key: string, value: Uint8Array, expected: Revision, revision: Revision): CasResult {
    const { changes } =
      expected === 0
        ? this.#create.run(key, value, revision)
        : this.#update.run(value, revision, key, expected);
    return Number(changes) === 1
      ? { ok: true, revision }
      : { ok: false, revision: this.get(key)?.revision ?? 0 };
  }

  delete(key: string, expected: Revision | undefined, revision: Revision): CasResult {
    const current = this.get(key)?.revision ?? 0;
    if (expected !== undefined && expected !== current) return { ok: false, revision: current };
    // Nothing to delete is deleted.
    if (current === 0) return { ok: true, revision: 0 };
    this.#delete.run(revision, key);
    return { ok: true, revision };
  }
}
