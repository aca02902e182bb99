import { StitchError } from "../../core/errors.ts";
import type { CasResult, StoreHealth } from "../../core/record/store-driver.ts";
import type { Revision } from "../../core/units.ts";
import type { ParcelWriter } from "./parcel.ts";
import { SqliteConnection } from "./sqlite-connection.ts";
import type { EntryRow, SqliteEntries } from "./sqlite-entries.ts";
import { faultOf } from "./sqlite-fault.ts";
import {
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

type WroteAnswer = Extract<SqliteAnswer, { kind: "wrote" }>;

const NOTHING = new Uint8Array(0);

/** Runs operations on the file, a batch of them as one transaction; synchronous: it has a thread of its own. */
export class SqliteEngine {
  readonly #path: string;
  readonly #out: ParcelWriter<SqliteAnswer>;
  /** Sends what is in `#out`. */
  readonly #flush: () => void;
  readonly #connection: SqliteConnection;
  /** Last revision told to the watchers; undefined: nobody watches. */
  #fed: Revision | undefined;
  #dataVersion = -1;
  #told = "";

  constructor(setup: SqliteSetup, out: ParcelWriter<SqliteAnswer>, flush: () => void) {
    this.#path = setup.path;
    this.#out = out;
    this.#flush = flush;
    this.#connection = new SqliteConnection(setup, (fault) => out.add({ kind: "notice", fault }));
  }

  get isWatched(): boolean {
    return this.#fed !== undefined;
  }

  /** Runs a batch; every operation is answered, those of a failed transaction with its failure. */
  run(tasks: readonly SqliteTask[]): void {
    const writes = tasks.filter(({ op }) => isWrite(op));
    let isFed = false;
    let isWell =
      writes.length === 0 ||
      this.#attempt(writes, () => {
        isFed = this.#transact(writes);
      });
    if (!isFed) isWell = this.#attempt([], () => this.#feed()) && isWell;
    // Reads come after: they see only what is committed.
    for (const task of tasks)
      if (!isWrite(task.op)) isWell = this.#attempt([task], () => this.#read(task.op)) && isWell;
    if (isWell) this.#health({ state: "ready" });
  }

  /** Looks for what other processes wrote, or did to the file. */
  poll(): void {
    this.#attempt([], () => {
      const version = this.#entries().dataVersion();
      if (version === this.#dataVersion) return;
      this.#feed();
      this.#dataVersion = version;
    });
  }

  close(): void {
    this.#connection.close();
  }

  #entries(): SqliteEntries {
    return this.#connection.entries((entries) => {
      this.#dataVersion = -1;
      // A file begun anew counts from 1 again.
      if (this.#fed !== undefined) this.#fed = Math.min(this.#fed, entries.lastRevision());
    });
  }

  /** True where the watchers have been told of all that is in the file. */
  #transact(tasks: readonly SqliteTask[]): boolean {
    const entries = this.#entries();
    const results: WroteAnswer[] = [];
    let before = 0;
    const areCopies = tasks.every(({ op }) => op.kind === "cas" && op.isCopy);
    this.#connection.transact(areCopies ? "NORMAL" : "FULL", () => {
      before = entries.lastRevision();
      let revision = before;
      for (const { op, value } of tasks)
        results.push({ kind: "wrote", id: op.id, ...write(entries, op as WriteOp, value, ++revision) });
      this.#tellDecided(tasks, results);
    });
    for (const result of results) this.#out.add(result);
    if (this.#fed !== before) return false;
    this.#tell(written(tasks, results));
    return true;
  }

  /** Heard while this thread waits for the disk. */
  #tellDecided(tasks: readonly SqliteTask[], results: readonly WroteAnswer[]): void {
    const eager = results.filter(({ ok }, i) => {
      const op = tasks[i]?.op;
      return ok && op !== undefined && "isEager" in op && op.isEager;
    });
    if (eager.length === 0) return;
    const [ids, revisions] = [eager.map(({ id }) => id), eager.map(({ revision }) => revision)];
    this.#out.add({ kind: "decided", ids, revisions });
    this.#flush();
  }

  #read(op: SqliteOp): void {
    const entries = this.#entries();
    switch (op.kind) {
      case "get": {
        const row = entries.get(op.key);
        this.#rows(op.id, row ? [row] : [], row?.revision ?? 0);
        break;
      }
      case "snapshot":
        this.#rows(op.id, entries.withPrefix(op.prefix), entries.lastRevision());
        break;
      case "count":
        this.#out.add({ kind: "counted", id: op.id, count: entries.count() });
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
    if (this.#fed === undefined) return;
    this.#tell(this.#entries().since(this.#fed));
  }

  #tell(changes: Iterable<EntryRow>): void {
    const rows = this.#collect(changes);
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
      this.#connection.closeIfBroken(error);
      const fault = faultOf(error, this.#path);
      for (const { op } of tasks) this.#out.add({ kind: "failed", id: op.id, fault });
      this.#health({ state: "degraded", reason: fault.message });
      return false;
    }
  }

  #health(health: StoreHealth): void {
    const text = `${health.state} ${health.reason}`;
    if (text === this.#told) return;
    this.#told = text;
    this.#out.add({ kind: "health", health });
  }
}

/** What these writes changed, of each key the last: as the file has it, without reading it again. */
function written(tasks: readonly SqliteTask[], results: readonly WroteAnswer[]): Iterable<EntryRow> {
  const rows = new Map<string, EntryRow>();
  for (const [i, { op, value = null }] of tasks.entries()) {
    const { ok, revision } = results[i] as WroteAnswer;
    // A deletion of nothing has no revision.
    if (!ok || revision === 0 || !("key" in op)) continue;
    // In the order of their last changes.
    rows.delete(op.key);
    rows.set(op.key, { key: op.key, value: op.kind === "delete" ? null : (value ?? NOTHING), revision });
  }
  return rows.values();
}

function write(
  entries: SqliteEntries,
  op: WriteOp,
  value: Uint8Array = NOTHING,
  revision: Revision,
): CasResult {
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
