import { randomBytes } from "node:crypto";
import { quote, StitchError } from "../../core/errors.ts";
import type { StoreDriver, StoreHealth } from "../../core/record/store-driver.ts";
import { type AckLevel, type AtomicContext, AtomicUpdates } from "./atomic-updates.ts";
import { encodeContext } from "./context-entry.ts";
import {
  ATOMIC,
  asError,
  type Callback,
  ContextReads,
  checkCallback,
  type Keys,
  SESSIONS,
} from "./context-reads.ts";
import { FileContexts } from "./file-contexts.ts";
import { FreshReads } from "./fresh-reads.ts";
import { type Addition, plainSize } from "./pending-bytes.ts";
import { cloneValue } from "./plain-clone.ts";
import { checkPath, type PropertyPath, propertyPath, readBelow, writeBelow } from "./property-path.ts";
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
  /** false: reads need a callback, and ask the store itself. */
  readonly cache?: boolean;
  /** How much of what is set may wait for the store, bytes. */
  readonly maxPendingBytes?: number;
  /** Folder of Node-RED's own file store, whose values are taken over. */
  readonly filesFolder?: string | undefined;
  /** How long closing waits for what is not stored yet. */
  readonly closeMs?: number;
}

interface Assignment extends Addition {
  readonly below: PropertyPath["below"];
  readonly value: unknown;
}

const CLOSE_MS = 5000;
const MAX_PENDING_BYTES = 67_108_864;
/** At most so many for each of a string's characters, by which sizes are estimated. */
const UTF8_BYTES = 3;
/** As long as any. */
const WRITE_ID = "x".repeat(24);

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
  readonly #reads: ContextReads;
  #writes = 0;
  #told = "";
  #isOpen = false;

  constructor(options: ContextStoreOptions) {
    this.#options = options;
    const {
      driver,
      instance: writer,
      filesFolder: folder,
      maxPendingBytes: maxBytes = MAX_PENDING_BYTES,
    } = options;
    // Another one after a restart: a write of before must not pass for one of now.
    const start = randomBytes(6).toString("base64url");
    const shared = {
      driver,
      writer,
      replica: this.#replica,
      nextWriteId: () => `${start}.${++this.#writes}`,
    };
    const onRefused = (entry: ReplicaEntry, error: Error): void => this.#refused(entry, error);
    this.#queue = new WriteQueue({ ...shared, maxBytes, onRefused });
    const pathOf = (scope: string, key: string): PropertyPath => this.#pathOf(scope, key);
    const set = (scope: string, key: string, value: unknown, ack?: AckLevel): Promise<void> =>
      this.#setAtLevel(scope, key, value, ack);
    this.#atomic = new AtomicUpdates({ ...shared, queue: this.#queue, pathOf, set });
    this.#sessions = options.sessions ? new SessionView() : undefined;
    const onAway = (reason: string): void => this.#tell(reason);
    const files = folder === undefined ? undefined : new FileContexts({ ...shared, folder });
    const beforeLoad = async (): Promise<void> => files?.takeAll(({ message }) => options.warn(message));
    this.#feed = new ReplicaFeed({ ...shared, sessions: this.#sessions, beforeLoad, onAway });
    const fresh = options.cache === false ? new FreshReads({ ...shared, files }) : undefined;
    const atomicOf = (scope: string): AtomicContext => this.#atomic.of(scope);
    this.#reads = new ContextReads({ ...shared, sessions: this.#sessions, fresh, pathOf, atomicOf });
  }

  /** Properties that are set here and not yet in the store. */
  get pending(): number {
    return this.#queue.pending;
  }

  /** About what these take. */
  get pendingBytes(): number {
    return this.#queue.pendingBytes;
  }

  health(): StoreHealth {
    return this.#options.driver.health();
  }

  /** Rejects only for what its owner must correct: a store that is away is taken up when it is back. */
  async open(): Promise<void> {
    await this.#feed.start();
    this.#isOpen = true;
    if (this.#told === "") this.healthChanged(this.health());
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
    return this.#reads.get(scope, key, callback);
  }

  keys(scope: string, callback?: Callback): string[] | undefined {
    return this.#reads.keys(scope, callback);
  }

  set(scope: string, key: Keys, value: unknown, callback?: Callback): void {
    checkCallback(callback);
    this.#set(scope, key, value, this.#options.ack, callback);
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
  healthChanged({ state, reason, isOnDisk }: StoreHealth): void {
    // While it opens: what its owner must correct is thrown instead, and the feed tells the rest.
    if (state === "degraded" && this.#isOpen) this.#tell(reason ?? "the store is away", isOnDisk);
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

  #set(scope: string, key: Keys, value: unknown, ack: ContextStoreOptions["ack"], callback?: Callback): void {
    let assignments: Assignment[];
    try {
      assignments = this.#plan(scope, key, value);
      this.#queue.checkRoom(assignments);
    } catch (error) {
      if (callback) callback(asError(error));
      else this.#badSet(key, error);
      return;
    }
    const done = callback && this.#afterAll(assignments.length, ack, callback);
    for (const assignment of assignments) this.#assign(assignment, done);
  }

  async #setAtLevel(scope: string, key: string, value: unknown, ack: AckLevel | undefined): Promise<void> {
    const own = this.#options.driver.capabilities.ack;
    if (ack !== undefined && ack !== "local" && ack !== own)
      throw new StitchError("BAD_VALUE", `ack must be "local" or "${own}" in this store, got ${quote(ack)}`);
    const level = ack === "local" ? "local" : "durable";
    await new Promise<void>((resolve, reject) => {
      this.#set(scope, key, value, ack === undefined ? this.#options.ack : level, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  #pathOf(scope: string, key: string): PropertyPath {
    return propertyPath(key, ({ name, below }) => readBelow(this.#replica.find(scope, name)?.value, below));
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
      if (below.length > 0) checkPath(entry.value, below, name);
      const bytes = plainSize(value);
      if (bytes > this.#options.driver.capabilities.maxValue / UTF8_BYTES) this.#checkSize(entry, value);
      return { entry, below, value, bytes, isWhole: below.length === 0 };
    });
  }

  /** What the store will never take is refused at once, where the flow's author can see it. */
  #checkSize({ address: { name }, key }: ReplicaEntry, value: unknown): void {
    const { driver, instance: writer } = this.#options;
    const { maxValue } = driver.capabilities;
    const { byteLength } = encodeContext({ writer, writeId: WRITE_ID, value }, key);
    if (byteLength <= maxValue) return;
    const text = `"${name}" must be at most ${maxValue} bytes in this store, got ${byteLength}`;
    throw new StitchError("VALUE_TOO_LARGE", text);
  }

  #assign(assignment: Assignment, done: WriteCallback | undefined): void {
    const { entry, below, value, isWhole } = assignment;
    this.#queue.set(assignment, isWhole ? value : writeBelow(entry.value, below, value), done);
  }

  #afterAll(count: number, ack: ContextStoreOptions["ack"], callback: Callback): WriteCallback | undefined {
    if (ack === "local") {
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
  #tell(reason: string, isOnDisk = false): void {
    if (reason === this.#told) return;
    this.#told = reason;
    const meanwhile = isOnDisk ? "" : "; it goes on in memory until the store is back";
    this.#options.warn(`context store: ${reason}${meanwhile}`);
  }
}
