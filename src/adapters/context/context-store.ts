import { randomBytes } from "node:crypto";
import { StitchError } from "../../core/errors.ts";
import type { StoreDriver, StoreHealth } from "../../core/record/store-driver.ts";
import { type AtomicContext, AtomicUpdates } from "./atomic-updates.ts";
import { cloneValue } from "./plain-clone.ts";
import { type PropertyPath, propertyPath, readBelow, writeBelow } from "./property-path.ts";
import { Replica, type ReplicaEntry, type WriteCallback } from "./replica.ts";
import { ReplicaFeed } from "./replica-feed.ts";
import { SessionView } from "./session-view.ts";
import { WriteQueue } from "./write-queue.ts";

export interface ContextStoreOptions {
  readonly driver: StoreDriver;
  /** When the callback of `set` is called: with the value in this process, or as durable as the driver makes it. */
  readonly ack: "local" | "durable";
  /** Tells this Node-RED's writes from others': the same after a restart. */
  readonly instance: string;
  readonly warn: (text: string) => void;
  /** Keep the stitched sessions' records in memory too, so that flows can read them as `$sessions["<id>"]`. */
  readonly sessions?: boolean;
  /** How long closing waits for what is not stored yet. */
  readonly closeMs?: number;
}

/** As Node-RED has it: `undefined` in the error's place on success. */
type Callback = (error?: Error, ...values: unknown[]) => void;
type Keys = string | readonly string[];

interface Assignment {
  readonly entry: ReplicaEntry;
  readonly below: PropertyPath["below"];
  readonly value: unknown;
}

/** Not a property: what a function node reads to get at the updates that the context API lacks. */
const ATOMIC = "$atomic";
/** Read-only: `$sessions["cam-7"][0].state` is the state of slot 0; `$sessions` alone lists the sessions' ids. */
const SESSIONS = "$sessions";
const CLOSE_MS = 5000;

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

function checkCallback(callback: unknown): void {
  if (callback !== undefined && typeof callback !== "function")
    throw new TypeError("Callback must be a function");
}

/**
 * A context store that several Node-REDs share. Reads are synchronous, from a replica that follows the store's
 * feed; writes go to the replica at once and to the store behind it. The last writer of a top-level property wins.
 */
export class ContextStore {
  readonly #options: ContextStoreOptions;
  readonly #replica = new Replica();
  readonly #queue: WriteQueue;
  readonly #feed: ReplicaFeed;
  readonly #atomic: AtomicUpdates;
  readonly #sessions: SessionView | undefined;
  #writes = 0;
  #told = "";

  constructor(options: ContextStoreOptions) {
    this.#options = options;
    const { driver, instance: writer } = options;
    // Another one after a restart: a write of before must not pass for one of now.
    const start = randomBytes(6).toString("base64url");
    const shared = {
      driver,
      writer,
      replica: this.#replica,
      nextWriteId: () => `${start}.${++this.#writes}`,
    };
    const onRefused = (entry: ReplicaEntry, error: Error): void => this.#refused(entry, error);
    this.#queue = new WriteQueue({ ...shared, onRefused });
    const pathOf = (scope: string, key: string): PropertyPath => this.#pathOf(scope, key);
    this.#atomic = new AtomicUpdates({ ...shared, queue: this.#queue, pathOf });
    this.#sessions = options.sessions ? new SessionView() : undefined;
    const onAway = (reason: string): void => this.#tell(reason);
    this.#feed = new ReplicaFeed({ ...shared, sessions: this.#sessions, onAway });
  }

  /** Properties that are set here and not yet in the store. */
  get pending(): number {
    return this.#queue.pending;
  }

  health(): StoreHealth {
    return this.#options.driver.health();
  }

  /** Rejects only for what its owner must correct: a store that is away is taken up when it is back. */
  async open(): Promise<void> {
    await this.#feed.start();
  }

  /** Waits, but not for ever, until what was set is in the store. */
  async close(): Promise<void> {
    this.#feed.end();
    await this.#queue.settle(this.#options.closeMs ?? CLOSE_MS);
    this.#queue.end();
    if (this.pending > 0)
      this.#options.warn(`context values not stored, as the store is away: ${this.pending}`);
    await this.#options.driver.close();
  }

  get(scope: string, key: Keys, callback?: Callback): unknown {
    checkCallback(callback);
    if (!callback) return this.#read(scope, key);
    let value: unknown;
    try {
      value = this.#read(scope, key);
    } catch (error) {
      callback(asError(error));
      return undefined;
    }
    if (Array.isArray(key)) callback(undefined, ...(value as unknown[]));
    else callback(undefined, value);
    return undefined;
  }

  set(scope: string, key: Keys, value: unknown, callback?: Callback): void {
    checkCallback(callback);
    let assignments: Assignment[];
    try {
      assignments = this.#plan(scope, key, value);
    } catch (error) {
      if (callback) callback(asError(error));
      else this.#badSet(key, error);
      return;
    }
    const done = callback && this.#afterAll(assignments.length, callback);
    for (const assignment of assignments) this.#assign(assignment, done);
  }

  keys(scope: string, callback?: Callback): string[] | undefined {
    checkCallback(callback);
    const names = this.#replica.entriesOf(scope).map(({ address }) => address.name);
    // In the global context these are the API itself.
    const shown = scope === "global" ? names.filter((name) => !/^(get|set|keys)$/.test(name)) : names;
    if (!callback) return shown;
    callback(undefined, shown);
    return undefined;
  }

  /** A node was removed from this Node-RED; others may still have it, so only what was written here last goes. */
  async delete(scope: string): Promise<void> {
    for (const entry of this.#replica.entriesOf(scope)) if (this.#isOurs(entry)) this.#queue.remove(entry);
  }

  /** Comes with every deploy and knows only this Node-RED's nodes: removes what it wrote for nodes it has no more. */
  async clean(activeNodes: readonly string[]): Promise<void> {
    const active = new Set(activeNodes);
    for (const scope of this.#replica.scopes()) {
      const [node = ""] = scope.split(":");
      if (scope !== "global" && !active.has(node)) await this.delete(scope);
    }
  }

  /** The store was replaced under us: what it knew is put into the new one. */
  restore(): void {
    for (const entry of this.#replica.all()) {
      entry.revision = 0;
      this.#queue.again(entry);
    }
  }

  /** For whoever is told by the driver. */
  healthChanged({ state, reason }: StoreHealth): void {
    if (state === "degraded") this.#tell(reason ?? "the store is away");
    if (state === "ready") this.#told = "";
  }

  #isOurs(entry: ReplicaEntry): boolean {
    try {
      return entry.writer === this.#options.instance;
    } catch {
      // It can't be read: nor is it known whose it is.
      return false;
    }
  }

  #pathOf(scope: string, key: string): PropertyPath {
    return propertyPath(key, ({ name, below }) => readBelow(this.#replica.find(scope, name)?.value, below));
  }

  #read(scope: string, key: Keys): unknown {
    return typeof key === "string"
      ? this.#readOne(scope, key)
      : key.map((each) => this.#readOne(scope, each));
  }

  #readOne(scope: string, key: string): unknown {
    if (key === ATOMIC) return this.#atomic.of(scope) satisfies AtomicContext;
    const { name, below } = this.#pathOf(scope, key);
    if (name === SESSIONS) return this.#readSession(key, below);
    const entry = this.#replica.find(scope, name);
    return entry && cloneValue(readBelow(entry.value, below), key);
  }

  #readSession(key: string, [id, ...below]: PropertyPath["below"]): unknown {
    if (!this.#sessions)
      throw new StitchError("BAD_CONFIG", `${SESSIONS} needs sessions: true in settings.js`);
    const view = id === undefined ? this.#sessions.ids() : this.#sessions.slots(String(id));
    return cloneValue(readBelow(view, below), key);
  }

  /** All that can fail is done before anything is set: all or nothing. */
  #plan(scope: string, key: Keys, value: unknown): Assignment[] {
    const keys = typeof key === "string" ? [key] : key;
    const values: readonly unknown[] = typeof key !== "string" && Array.isArray(value) ? value : [value];
    const planned = keys.map((each, i) => ({
      path: this.#pathOf(scope, each),
      value: i < values.length ? cloneValue(values[i], each) : null,
    }));
    return planned.map(({ path: { name, below }, value }) => {
      if (name === SESSIONS || name === ATOMIC) throw new StitchError("BAD_VALUE", `${name} can't be set`);
      const entry = this.#replica.entry({ scope, name });
      // A nested set needs what stands: where that can't be read is found here, not half-way.
      if (below.length > 0) entry.decode();
      return { entry, below, value };
    });
  }

  #assign({ entry, below, value }: Assignment, done: WriteCallback | undefined): void {
    const whole = below.length === 0 ? value : writeBelow(entry.value, below, value);
    this.#queue.set(entry, whole, done);
  }

  #afterAll(count: number, callback: Callback): WriteCallback | undefined {
    if (this.#options.ack === "local") {
      setImmediate(() => callback());
      return undefined;
    }
    let missing = count;
    let failure: Error | undefined;
    return (error) => {
      failure ??= error;
      missing--;
      if (missing === 0) callback(failure);
    };
  }

  /** As Node-RED's file store, a blank key is no reason to stop a flow; anything else that is wrong is thrown. */
  #badSet(key: Keys, error: unknown): void {
    if (typeof key !== "string" || key.trim() !== "") throw error;
    this.#options.warn(`a context value was not set: its key is blank`);
  }

  #refused(entry: ReplicaEntry, error: Error): void {
    this.#options.warn(`context "${entry.address.name}" was not stored: ${error.message}`);
    this.#options.driver.get(entry.key).then(
      (stored) => {
        if (!entry.isSettled) return;
        if (stored) entry.take(stored);
        else entry.set(undefined, "");
        this.#replica.dropIfGone(entry);
      },
      () => undefined,
    );
  }

  /** Once per reason. */
  #tell(reason: string): void {
    if (reason === this.#told) return;
    this.#told = reason;
    this.#options.warn(`context store: ${reason}; it goes on in memory until the store is back`);
  }
}
