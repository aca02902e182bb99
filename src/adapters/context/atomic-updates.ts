import { isDeepStrictEqual } from "node:util";
import { quote, StitchError } from "../../core/errors.ts";
import type { StoreCapabilities, StoreDriver, StoreEntry } from "../../core/record/store-driver.ts";
import { decodeContext, encodeContext } from "./context-entry.ts";
import { cloneValue } from "./plain-clone.ts";
import { type PropertyPath, readBelow, writeBelow } from "./property-path.ts";
import type { Replica, ReplicaEntry } from "./replica.ts";
import type { WriteQueue } from "./write-queue.ts";

/** What a written value has survived when that is told. */
export type AckLevel = StoreCapabilities["ack"];

/**
 * What a function node gets by `context.get("$atomic", store)`: updates that no other writer can come between, and
 * writes that say how safe they must be.
 */
export interface AtomicContext {
  /**
   * Sets as `context.set` does; resolves when the value is as safe as `ack` says: "local": in this process; "disk" or
   * "quorum": what the store's engine promises; left out: as settings.js says.
   */
  set(key: string, value: unknown, options?: { readonly ack?: AckLevel }): Promise<void>;
  /** Adds to a number (0 where there is none); resolves with the new one. */
  increment(key: string, by?: number): Promise<number>;
  /** Sets only if the value that stands equals `expected` (undefined: there is none); resolves with whether it did. */
  compareAndSet(key: string, expected: unknown, value: unknown): Promise<boolean>;
  /** Sets what `change` makes of the value that stands; it is called again when somebody else was quicker. */
  update(key: string, change: (value: unknown) => unknown): Promise<unknown>;
}

export interface AtomicOptions {
  readonly driver: StoreDriver;
  readonly replica: Replica;
  readonly queue: WriteQueue;
  readonly writer: string;
  readonly nextWriteId: () => string;
  readonly pathOf: (scope: string, key: string) => PropertyPath;
  readonly set: (scope: string, key: string, value: unknown, ack: AckLevel | undefined) => Promise<void>;
}

/** Of all attempts of one update together. */
const TIMEOUT_MS = 10_000;

/** The value to set; "stop": leave what stands. */
type Change = (value: unknown) => { readonly value: unknown } | "stop";

const isIndeterminate = (error: unknown): boolean =>
  error instanceof StitchError && error.code === "INDETERMINATE";

/** Read, change, compare-and-set: until nobody came between. */
export class AtomicUpdates {
  readonly #options: AtomicOptions;
  /** The last update of each key under way: those of one process needn't compete. */
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(options: AtomicOptions) {
    this.#options = options;
  }

  of(scope: string): AtomicContext {
    return {
      set: (key, value, { ack } = {}) => this.#options.set(scope, key, value, ack),
      increment: async (key, by = 1) => {
        const sum = await this.#update(scope, key, (value = 0) => ({ value: add(key, value, by) }));
        return sum as number;
      },
      compareAndSet: async (key, expected, value) => {
        const wanted = cloneValue(expected, "expected");
        let isSet = false;
        await this.#update(scope, key, (current) => {
          isSet = isDeepStrictEqual(current, wanted);
          return isSet ? { value } : "stop";
        });
        return isSet;
      },
      update: (key, change) => this.#update(scope, key, (value) => ({ value: change(value) })),
    };
  }

  async #update(scope: string, key: string, change: Change): Promise<unknown> {
    const path = this.#options.pathOf(scope, key);
    const entry = this.#options.replica.entry({ scope, name: path.name });
    const before = this.#last.get(entry.key);
    const update = (before ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => this.#retry(entry, path, change));
    this.#last.set(entry.key, update);
    try {
      return await update;
    } finally {
      if (this.#last.get(entry.key) === update) this.#last.delete(entry.key);
      this.#options.replica.dropIfGone(entry);
    }
  }

  async #retry(entry: ReplicaEntry, path: PropertyPath, change: Change): Promise<unknown> {
    const { driver, queue } = this.#options;
    // What was set before by context.set goes first.
    await queue.settled(entry);
    const deadline = performance.now() + TIMEOUT_MS;
    while (performance.now() < deadline) {
      const stored = await driver.get(entry.key);
      const whole = stored && decodeContext(stored).value;
      const changed = change(cloneValue(readBelow(whole, path.below), path.name));
      if (changed === "stop") return undefined;
      const part = cloneValue(changed.value, path.name);
      if (await this.#write(entry, stored, writeBelow(whole, path.below, part)))
        return cloneValue(part, path.name);
    }
    const text = `"${path.name}" was not updated within ${TIMEOUT_MS / 1000} s: too many others do`;
    throw new StitchError("STORE_UNAVAILABLE", text);
  }

  /** False where somebody else was quicker. */
  async #write(entry: ReplicaEntry, stored: StoreEntry | undefined, value: unknown): Promise<boolean> {
    const { driver, replica, writer, nextWriteId } = this.#options;
    const { key } = entry;
    const expected = stored?.revision ?? 0;
    if (value === undefined) {
      const { ok, revision } = await driver.delete(key, expected);
      if (ok && revision > 0) replica.apply({ key, value: undefined, revision });
      return ok;
    }
    const writeId = nextWriteId();
    const bytes = encodeContext({ writer, writeId, value }, key);
    try {
      const { ok, revision } = await driver.cas(key, bytes, expected);
      if (ok) replica.apply({ key, value: bytes, revision });
      return ok;
    } catch (error) {
      if (!isIndeterminate(error)) throw error;
      return this.#didLand(entry, writeId, expected, error);
    }
  }

  /** Of a write of unknown fate: what stands tells, unless somebody has written over it. */
  async #didLand(entry: ReplicaEntry, writeId: string, expected: number, error: unknown): Promise<boolean> {
    const found = await this.#options.driver.get(entry.key);
    if (found && decodeContext(found).writeId === writeId) {
      this.#options.replica.apply(found);
      return true;
    }
    if ((found?.revision ?? 0) === expected) return false;
    throw error;
  }
}

function add(key: string, value: unknown, by: number): number {
  if (typeof value !== "number")
    throw new StitchError("BAD_VALUE", `"${key}" must be a number to be incremented, got ${quote(value)}`);
  if (typeof by !== "number" || Number.isNaN(by))
    throw new StitchError("BAD_VALUE", `increment must be by a number, got ${quote(by)}`);
  return value + by;
}
