import { createHash } from "node:crypto";
import type { KeptHistory } from "../../core/forecast/session/kept-history.ts";
import type { Millis } from "../../core/ports.ts";
import type { StoreDriver } from "../../core/record/store-driver.ts";
import { escapeId } from "../store/record-key.ts";
import { decodeHistory, encodeHistory, type Width } from "./history-codec.ts";

export interface KeeperOptions {
  /** Looked up at each use: the store may be deployed later, or anew; undefined: there is none. */
  readonly driver: () => StoreDriver | undefined;
  /** Names the node. */
  readonly owner: string;
  readonly width: Width;
  /** The node listens since then: before, silence says nothing. */
  readonly sinceMs?: Millis;
}

/** A session or series in memory. */
export interface Keepable {
  readonly name: string;
  readonly forecaster: { readonly kept: KeptHistory; resume(kept: KeptHistory, sinceMs?: Millis): void };
  /** Latest save; Infinity until it is known what was kept: that must not be written over. */
  savedAtMs: Millis;
}

/** What a crash can lose. */
const SAVE_EVERY_MS: Millis = 120_000;
/** Writes at a time, and repeated reads: the rest is due at the next step. */
const MOST_WRITING = 32;
/** Wait before a store that could not answer is asked again. */
const AGAIN_MS = 30_000;
/** Node-RED closes a node for 15 s at most. */
const CLOSE_WITHIN_MS = 5_000;
/** A longer name is replaced by its hash: a key takes at most 2,048 bytes. */
const MOST_KEY_BYTES = 1_900;

/** Keeps histories in the pool's store, where it has one: saved now and then, taken back when a session returns. */
export class HistoryKeeper {
  readonly #options: KeeperOptions;
  readonly #writing = new Set<Promise<unknown>>();
  /** When the store could not answer for it. */
  readonly #unread = new WeakMap<Keepable, Millis>();
  #reading = 0;
  /** The latest that was there: at the node's close the pool may be gone already. */
  #known: StoreDriver | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  get #driver(): StoreDriver | undefined {
    this.#known = this.#options.driver() ?? this.#known;
    return this.#known;
  }

  /** A session that is new in memory: what was kept of it is taken up when it comes. */
  begin(item: Keepable, nowMs: Millis): void {
    const driver = this.#driver;
    item.savedAtMs = nowMs;
    if (!driver) return;
    item.savedAtMs = Number.POSITIVE_INFINITY;
    void this.#load(driver, item, nowMs);
  }

  /** Saves what is due. */
  step(item: Keepable, nowMs: Millis): void {
    const unreadMs = this.#unread.get(item);
    if (unreadMs !== undefined && nowMs - unreadMs >= AGAIN_MS && this.#reading < MOST_WRITING) {
      this.#unread.delete(item);
      const driver = this.#driver;
      if (driver) void this.#load(driver, item, nowMs);
      return;
    }
    const isDue = nowMs - item.savedAtMs >= SAVE_EVERY_MS && this.#writing.size < MOST_WRITING;
    if (!isDue) return;
    item.savedAtMs = nowMs;
    this.save(item);
  }

  /** Saves it now: it leaves the memory. */
  save({ name, forecaster, savedAtMs }: Keepable): void {
    const driver = this.#driver;
    if (!driver || savedAtMs === Number.POSITIVE_INFINITY) return;
    const value = encodeHistory(forecaster.kept, this.#options.width);
    // A store that is down says so itself; the next save has all that this one had.
    const writing = driver.put(this.#key(name), value).catch(() => undefined);
    this.#writing.add(writing);
    void writing.then(() => this.#writing.delete(writing));
  }

  /** Saves all and waits for the store, but not for long. */
  async close(items: Iterable<Keepable>): Promise<void> {
    for (const item of items) this.save(item);
    if (this.#writing.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_WITHIN_MS);
    });
    await Promise.race([Promise.all(this.#writing), late]);
    clearTimeout(timer);
  }

  /** Never rejects. */
  async #load(driver: StoreDriver, item: Keepable, nowMs: Millis): Promise<void> {
    this.#reading++;
    try {
      const entry = await driver.get(this.#key(item.name));
      const kept = entry && decodeHistory(entry.value);
      if (kept) item.forecaster.resume(kept, this.#options.sinceMs);
      item.savedAtMs = nowMs;
    } catch {
      // The store tells itself that it is away; what it has is joined to what came meanwhile when it is back.
      this.#unread.set(item, nowMs);
    } finally {
      this.#reading--;
    }
  }

  #key(name: string): string {
    const escaped = escapeId(name);
    const isLong = Buffer.byteLength(escaped) > MOST_KEY_BYTES;
    const short = isLong ? `~${createHash("sha256").update(escaped).digest("hex")}` : escaped;
    return `forecast/${this.#options.owner}/${short}`;
  }
}
