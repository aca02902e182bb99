import { StitchError } from "../../core/errors.ts";
import type { StoreDriver } from "../../core/record/store-driver.ts";
import type { Revision } from "../../core/units.ts";
import { encodeContext } from "./context-entry.ts";
import { type Addition, PendingBytes } from "./pending-bytes.ts";
import type { Replica, ReplicaEntry, WriteCallback } from "./replica.ts";

/** Writes under way at once: enough to fill the store's group commits, and no more memory than they take. */
const WINDOW = 1000;
const RETRY_MS = 100;
const RETRY_MAX_MS = 5000;

export interface WriteQueueOptions {
  readonly driver: StoreDriver;
  readonly replica: Replica;
  readonly writer: string;
  readonly nextWriteId: () => string;
  /** How much may wait for the store, bytes. */
  readonly maxBytes: number;
  /** A write that the store will never take; the property is read back from the store. */
  readonly onRefused: (entry: ReplicaEntry, error: Error) => void;
}

const isFinal = (error: Error): boolean =>
  error instanceof StitchError && ["VALUE_TOO_LARGE", "BAD_VALUE"].includes(error.code);

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/**
 * Brings what was set to the store: at most one write per property under way, what is set meanwhile goes into the
 * next one. What waits is bounded in bytes. Never gives up while the store is away.
 */
export class WriteQueue {
  readonly #options: WriteQueueOptions;
  readonly #dirty = new Set<ReplicaEntry>();
  readonly #bytes: PendingBytes;
  #writing = 0;
  #isScheduled = false;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  #onIdle: (() => void)[] = [];

  constructor(options: WriteQueueOptions) {
    this.#options = options;
    this.#bytes = new PendingBytes(options.maxBytes);
  }

  /** About what the values take that are not known to be in the store. */
  get pendingBytes(): number {
    return this.#bytes.total;
  }

  /** Throws StitchError `BUFFER_FULL` where too much waits already. */
  checkRoom(additions: readonly Addition[]): void {
    this.#bytes.check(additions);
  }

  /** Properties whose newest value is not known to be in the store. */
  get pending(): number {
    return this.#dirty.size + this.#writing;
  }

  /** Sets the entry's value (undefined: deletes it); `callback` hears when that is durable, or why it isn't yet. */
  set(addition: Addition, value: unknown, callback?: WriteCallback): void {
    const { entry, isWhole } = addition;
    entry.onlyAt = undefined;
    entry.set(value, this.#options.writer);
    this.#bytes.add(addition);
    if (!isWhole) this.#bytes.measure(entry);
    this.#mark(entry, callback);
  }

  /** Deletes the entry, but no version that somebody else has written meanwhile. */
  remove(entry: ReplicaEntry): void {
    const onlyAt = entry.isSettled ? entry.revision : undefined;
    this.set({ entry, bytes: 0, isWhole: true }, undefined);
    entry.onlyAt = onlyAt;
  }

  /** Writes the entry's value again. */
  again(entry: ReplicaEntry): void {
    this.#mark(entry);
  }

  /** Resolves when nothing of the entry is under way. */
  async settled(entry: ReplicaEntry): Promise<void> {
    if (!entry.isSettled) await new Promise<void>((resolve) => entry.settled.push(resolve));
  }

  #mark(entry: ReplicaEntry, callback?: WriteCallback): void {
    entry.isDirty = true;
    if (callback) entry.waiting.push(callback);
    this.#dirty.add(entry);
    this.#schedule();
  }

  /** Resolves when nothing is pending, or when for `timeoutMs` nothing became less. */
  async settle(timeoutMs: number): Promise<void> {
    let before = Number.POSITIVE_INFINITY;
    while (this.pending > 0 && this.pending < before) {
      before = this.pending;
      await this.#idle(timeoutMs);
    }
  }

  async #idle(timeoutMs: number): Promise<void> {
    this.#flush();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onIdle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  end(): void {
    clearTimeout(this.#retry);
  }

  #schedule(): void {
    if (this.#isScheduled || this.#retry) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    for (const entry of this.#dirty) {
      if (this.#writing >= WINDOW) break;
      if (entry.isWriting) continue;
      this.#dirty.delete(entry);
      void this.#write(entry);
    }
  }

  async #write(entry: ReplicaEntry): Promise<void> {
    const callbacks = entry.waiting.splice(0);
    entry.isDirty = false;
    entry.isWriting = true;
    this.#writing++;
    const bytes = this.#bytes.begin(entry);
    let error: Error | undefined;
    try {
      this.#written(entry, await this.#send(entry));
    } catch (cause) {
      error = asError(cause);
    }
    entry.isWriting = false;
    this.#writing--;
    if (error) this.#failed(entry, error, bytes);
    else this.#bytes.release(bytes);
    for (const callback of callbacks) callback(error);
    if (entry.isSettled) for (const resolve of entry.settled.splice(0)) resolve();
    this.#options.replica.dropIfGone(entry);
    if (this.pending === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
    else if (this.#dirty.size > 0) this.#schedule();
  }

  async #send(entry: ReplicaEntry): Promise<Revision> {
    const { driver, nextWriteId } = this.#options;
    const { key, value, writer, onlyAt } = entry;
    if (value === undefined) {
      const { ok, revision } = await driver.delete(key, onlyAt);
      // Not deleted: the feed brings, or has brought, what stands instead.
      return ok ? revision : 0;
    }
    return driver.put(key, encodeContext({ writer, writeId: nextWriteId(), value }, key));
  }

  #written(entry: ReplicaEntry, revision: Revision): void {
    this.#failures = 0;
    const { later } = entry;
    entry.later = undefined;
    entry.revision = Math.max(entry.revision, revision);
    if (later && later.revision > revision && !entry.isDirty) entry.take(later);
  }

  #failed(entry: ReplicaEntry, error: Error, bytes: number): void {
    entry.later = undefined;
    if (isFinal(error)) {
      this.#bytes.release(bytes);
      this.#options.onRefused(entry, error);
      return;
    }
    this.#bytes.again(entry, bytes);
    entry.isDirty = true;
    this.#dirty.add(entry);
    if (this.#retry) return;
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** this.#failures++);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#flush();
    }, waitMs);
    this.#retry.unref();
  }
}
