import { StitchError } from "../../src/core/errors.ts";
import type {
  CasResult,
  StoreCapabilities,
  StoreChange,
  StoreDriver,
  StoreEntry,
  StoreHealth,
  WriteOptions,
} from "../../src/core/record/store-driver.ts";

interface Watcher {
  readonly prefix: string;
  readonly onChange: (change: StoreChange) => void;
}

/** The plainest driver there is: a Map. Answers come in later turns of the event loop, as from a real one. */
export class MemoryDriver implements StoreDriver {
  readonly capabilities: StoreCapabilities = {
    cas: true,
    ack: "disk",
    resumeFeed: true,
    maxValue: 1_048_576,
  };
  /**
   * What the next writes do instead of being done; "hang": never answered; "lost": done, but not known to be; "disk":
   * decided, and then not done.
   */
  readonly failures: (Error | "hang" | "lost" | "disk")[] = [];
  /** Set: nothing can be reached. */
  away: Error | undefined;
  /** Watchers are told nothing. */
  isFeedHeld = false;
  /** Tells of decided writes before they are done; only for tests with one writer. */
  isDeciding = false;
  /** Tells of puts as they are asked for. */
  isAsking = false;
  gets = 0;
  readonly #entries = new Map<string, StoreEntry>();
  readonly #changes = new Map<string, StoreChange>();
  readonly #watchers = new Set<Watcher>();
  #revision = 0;
  #state: StoreHealth["state"] = "ready";

  async open(): Promise<void> {
    await this.#turn();
  }

  async get(key: string): Promise<StoreEntry | undefined> {
    this.gets++;
    await this.#turn();
    return this.#entries.get(key);
  }

  async snapshot(prefix: string): Promise<readonly StoreEntry[]> {
    await this.#turn();
    const found = [...this.#entries.values()].filter(({ key }) => key.startsWith(prefix));
    return found.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  }

  async watch(
    prefix: string,
    onChange: (change: StoreChange) => void,
    { sinceRevision = this.#revision }: { readonly sinceRevision?: number } = {},
  ): Promise<() => void> {
    await this.#turn();
    const missed = [...this.#changes.values()].filter(({ revision }) => revision > sinceRevision);
    for (const change of missed.sort((a, b) => a.revision - b.revision))
      if (change.key.startsWith(prefix)) onChange(change);
    const watcher = { prefix, onChange };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  async put(key: string, value: Uint8Array, options?: WriteOptions): Promise<number> {
    this.#check(value);
    if (this.isAsking) options?.onAsked?.();
    await this.#turn();
    if (!this.isAsking) await this.#decided(options);
    return this.#perform(() => this.set(key, value));
  }

  async cas(key: string, value: Uint8Array, expected: number, options?: WriteOptions): Promise<CasResult> {
    this.#check(value);
    await this.#turn();
    const stands = (): number => this.#entries.get(key)?.revision ?? 0;
    if (stands() === expected) await this.#decided(options);
    return this.#perform(() =>
      stands() === expected
        ? { ok: true, revision: this.set(key, value) }
        : { ok: false, revision: stands() },
    );
  }

  async delete(key: string, expected?: number): Promise<CasResult> {
    await this.#turn();
    return this.#perform(() => {
      const current = this.#entries.get(key)?.revision ?? 0;
      if (expected !== undefined && expected !== current) return { ok: false, revision: current };
      if (current === 0) return { ok: true, revision: 0 };
      return { ok: true, revision: this.set(key, undefined) };
    });
  }

  /** Opened by somebody else, after whoever closed it. */
  again(): this {
    this.#state = "ready";
    return this;
  }

  get size(): number {
    return this.#entries.size;
  }

  health(): StoreHealth {
    return { state: this.#state };
  }

  async close(): Promise<void> {
    this.#state = "closed";
    this.#watchers.clear();
  }

  /** Somebody else's write, at once; undefined deletes. */
  set(key: string, value: Uint8Array | undefined): number {
    const revision = ++this.#revision;
    const copy = value?.slice();
    if (copy) this.#entries.set(key, { key, value: copy, revision });
    else this.#entries.delete(key);
    const change = { key, value: copy, revision };
    this.#changes.set(key, change);
    for (const { prefix, onChange } of this.#watchers)
      if (key.startsWith(prefix) && !this.isFeedHeld) setImmediate(onChange, change);
    return revision;
  }

  /** As a disk would take its time: nothing else is done meanwhile where `isDeciding`. */
  async #decided({ onDecided }: WriteOptions = {}): Promise<void> {
    if (!onDecided || !this.isDeciding) return;
    onDecided(this.#revision + 1);
    await new Promise(setImmediate);
  }

  async #perform<Result>(write: () => Result): Promise<Result> {
    const failure = this.failures.shift();
    if (failure === "disk") throw new StitchError("STORE_UNAVAILABLE", "the disk is full");
    if (failure === "hang") return new Promise(() => undefined);
    if (failure instanceof Error) throw failure;
    const result = write();
    if (failure === "lost") throw new StitchError("INDETERMINATE", "no answer");
    return result;
  }

  #check(value: Uint8Array): void {
    const { maxValue } = this.capabilities;
    const size = value.byteLength;
    if (size > maxValue)
      throw new StitchError("VALUE_TOO_LARGE", `value must be at most ${maxValue} bytes, got ${size}`);
  }

  async #turn(): Promise<void> {
    if (this.#state === "closed") throw new Error("closed");
    await new Promise(setImmediate);
    if (this.away) throw this.away;
  }
}
