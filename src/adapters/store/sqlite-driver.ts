import { quote, StitchError } from "../../core/errors.ts";
import type {
  CasResult,
  StoreCapabilities,
  StoreChange,
  StoreDriver,
  StoreEntry,
  StoreHealth,
  WriteOptions,
} from "../../core/record/store-driver.ts";
import type { Revision } from "../../core/units.ts";
import { type Row, SqliteChannel, type SqliteRequest } from "./sqlite-channel.ts";

export interface SqliteOptions {
  /** Absolute; its folder is made where there is none. */
  readonly path: string;
  readonly pollMs?: number;
  readonly busyMs?: number;
  readonly onHealth?: (health: StoreHealth) => void;
  /** What people must know and nobody asked for: a damaged file was moved aside. */
  readonly onNotice?: (notice: StitchError) => void;
  /** Script of the thread, where it isn't the usual one. */
  readonly entry?: URL;
}

interface Watcher {
  readonly prefix: string;
  readonly onChange: (change: StoreChange) => void;
  /** Last revision seen; a new thread goes on from there. */
  seen: Revision | undefined;
  /** What the stream brought before the answer that it continues. */
  early: Row[] | undefined;
}

const POLL_MS = 4;
const BUSY_MS = 5000;
/** Wait before watchers are taken up again by a thread that can't be started. */
const RESUME_MS = 1000;
const MAX_KEY_BYTES = 2048;
/** Far above any session's state, far below SQLite's own limit of 1e9 bytes. */
const MAX_VALUE_BYTES = 16_777_216;

/** A key that can't be stored is the caller's bug: record keys are escaped. */
function checkKey(key: string): void {
  if (key === "" || Buffer.byteLength(key) > MAX_KEY_BYTES || /\p{Surrogate}/u.test(key))
    throw new RangeError(`key must be 1 to ${MAX_KEY_BYTES} bytes of valid UTF-8, got ${quote(key)}`);
}

function checkValue(value: Uint8Array): void {
  if (value.byteLength > MAX_VALUE_BYTES)
    throw new StitchError(
      "VALUE_TOO_LARGE",
      `value must be at most ${MAX_VALUE_BYTES} bytes, got ${value.byteLength}`,
    );
}

/** Key-value store in a SQLite file that several processes of one machine share. Acknowledged = on disk. */
export class SqliteDriver implements StoreDriver {
  readonly capabilities: StoreCapabilities = {
    cas: true,
    ack: "disk",
    resumeFeed: true,
    maxValue: MAX_VALUE_BYTES,
  };
  readonly #options: SqliteOptions;
  readonly #watchers = new Set<Watcher>();
  #channel: SqliteChannel | undefined;
  #health: StoreHealth = { state: "opening" };

  constructor(options: SqliteOptions) {
    this.#options = options;
  }

  health(): StoreHealth {
    return this.#health;
  }

  async open(): Promise<void> {
    await this.#ask({ kind: "open" });
  }

  async get(key: string): Promise<StoreEntry | undefined> {
    checkKey(key);
    const { rows } = await this.#rows({ kind: "get", key });
    return rows[0] as StoreEntry | undefined;
  }

  async snapshot(prefix: string): Promise<readonly StoreEntry[]> {
    const { rows } = await this.#rows({ kind: "snapshot", prefix });
    return rows as readonly StoreEntry[];
  }

  async watch(
    prefix: string,
    onChange: (change: StoreChange) => void,
    options: { readonly sinceRevision?: Revision } = {},
  ): Promise<() => void> {
    const watcher: Watcher = { prefix, onChange, seen: options.sinceRevision, early: [] };
    try {
      await this.#follow(watcher);
    } catch (error) {
      this.#watchers.delete(watcher);
      throw error;
    }
    return () => this.#unwatch(watcher);
  }

  async put(key: string, value: Uint8Array, { onDecided, onAsked }: WriteOptions = {}): Promise<Revision> {
    checkKey(key);
    checkValue(value);
    const isAsked = onAsked !== undefined && this.#health.state === "ready";
    const isEager = onDecided !== undefined && !isAsked;
    const op = { kind: "put", key, size: value.byteLength, isEager } as const;
    const written = this.#write(op, value, onDecided);
    if (isAsked) onAsked();
    return (await written).revision;
  }

  async cas(
    key: string,
    value: Uint8Array,
    expected: Revision,
    { onDecided }: WriteOptions = {},
  ): Promise<CasResult> {
    checkKey(key);
    checkValue(value);
    const isEager = onDecided !== undefined;
    const op = { kind: "cas", key, size: value.byteLength, expected, isCopy: false, isEager } as const;
    return this.#write(op, value, onDecided);
  }

  async copy(key: string, value: Uint8Array, expected: Revision): Promise<CasResult> {
    checkKey(key);
    checkValue(value);
    const op = { kind: "cas", key, size: value.byteLength, expected, isCopy: true, isEager: false } as const;
    return this.#write(op, value);
  }

  async delete(key: string, expected?: Revision): Promise<CasResult> {
    checkKey(key);
    return this.#write({ kind: "delete", key, expected });
  }

  async count(): Promise<number> {
    const reply = await this.#ask({ kind: "count" });
    return reply.kind === "counted" ? reply.count : Number.NaN;
  }

  async close(): Promise<void> {
    const channel = this.#channel;
    this.#setHealth({ state: "closed" });
    this.#watchers.clear();
    await channel?.close();
  }

  /** The thread is started by the first question, and anew after a crash. */
  #ask(...question: Parameters<SqliteChannel["ask"]>): ReturnType<SqliteChannel["ask"]> {
    if (this.#health.state === "closed")
      return Promise.reject(new StitchError("STORE_UNAVAILABLE", "session store: closed"));
    this.#channel ??= this.#start();
    return this.#channel.ask(...question);
  }

  #start(): SqliteChannel {
    const { path, pollMs = POLL_MS, busyMs = BUSY_MS, onNotice, entry } = this.#options;
    return new SqliteChannel(
      { path, pollMs, busyMs },
      {
        onChanges: (rows) => this.#changed(rows),
        onHealth: (health) => this.#setHealth(health),
        onNotice: (notice) => onNotice?.(notice),
        onCrash: () => this.#crashed(),
      },
      entry,
    );
  }

  async #rows(request: SqliteRequest): Promise<{ rows: readonly Row[]; revision: Revision }> {
    const reply = await this.#ask(request);
    if (reply.kind !== "rows") throw new TypeError(`a read must be answered by "rows", got ${reply.kind}`);
    return reply;
  }

  async #write(
    request: SqliteRequest,
    value?: Uint8Array,
    onDecided?: (revision: Revision) => void,
  ): Promise<CasResult> {
    const reply = await this.#ask(request, value, onDecided);
    if (reply.kind !== "wrote") throw new TypeError(`a write must be answered by "wrote", got ${reply.kind}`);
    return { ok: reply.ok, revision: reply.revision };
  }

  /** The answer tells what was missed; the stream goes on after it, but may be heard first. */
  async #follow(watcher: Watcher): Promise<void> {
    const { prefix, seen } = watcher;
    watcher.early = [];
    this.#watchers.add(watcher);
    const { rows, revision } = await this.#rows({ kind: "watch", prefix, since: seen });
    const early = watcher.early.filter((row) => row.revision > revision);
    watcher.early = undefined;
    watcher.seen = revision;
    for (const row of [...rows, ...early]) tell(watcher, row);
  }

  #unwatch(watcher: Watcher): void {
    if (!this.#watchers.delete(watcher) || this.#watchers.size > 0) return;
    this.#ask({ kind: "unwatch" }).catch(() => undefined);
  }

  #changed(rows: readonly Row[]): void {
    for (const watcher of this.#watchers)
      for (const row of rows) if (row.key.startsWith(watcher.prefix)) tell(watcher, row);
  }

  #setHealth(health: StoreHealth): void {
    if (this.#health.state === "closed") return;
    this.#health = health;
    this.#options.onHealth?.(health);
  }

  #crashed(): void {
    this.#channel = undefined;
    for (const watcher of this.#watchers) this.#resume(watcher);
  }

  #resume(watcher: Watcher): void {
    if (this.#health.state === "closed" || !this.#watchers.has(watcher)) return;
    this.#follow(watcher).catch(() => setTimeout(() => this.#resume(watcher), RESUME_MS).unref());
  }
}

function tell(watcher: Watcher, row: Row): void {
  if (watcher.early) {
    watcher.early.push(row);
    return;
  }
  watcher.seen = Math.max(watcher.seen ?? 0, row.revision);
  watcher.onChange(row);
}
