import { StitchError } from "../../src/core/errors.ts";
import type { StoreDriver, StoreEntry } from "../../src/core/record/store-driver.ts";
import { Follower } from "./store-follower.ts";
import { type LoadValue, readBytes, writeValue } from "./store-values.ts";

export interface LoadReport {
  /** Writes that were acknowledged, counters' included. */
  readonly acknowledged: number;
  /** Of unknown fate. */
  readonly open: number;
  /** That failed for certain. */
  readonly refused: number;
  /** Keys that hold an older value than one that was acknowledged, or none; told apart from those that only a list lacks. */
  readonly lost: number;
  readonly unlisted: number;
  /** Increments that were acknowledged and are not in the counter, and those it has without anybody having asked. */
  readonly missing: number;
  readonly surplus: number;
  /** Changes that a watcher was told in the wrong order: a key's epoch or revision went back. */
  readonly backwards: number;
  /** Keys that a watcher's replica holds otherwise than the store when all is quiet. */
  readonly apart: number;
}

export interface LoadOptions {
  /** Connections of their own to one store, or to stores that mirror each other. */
  readonly drivers: readonly StoreDriver[];
  /** false: compare-and-set holds for one driver only, so each has counters of its own. */
  readonly isOneStore: boolean;
  readonly onUnexpected?: (error: unknown) => void;
}

const WRITERS = 4;
/** Keys of each writer, written round and round. */
const KEYS = 400;
/** Counters; the drivers take them from each other, with a new epoch each time. */
const COUNTERS = 4;
const TAKEOVER = 25;
const QUIET_MS = 60_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const isOpen = (error: unknown): boolean => error instanceof StitchError && error.code === "INDETERMINATE";

/** Writers, counters and watchers on one store, under faults, until they are ended. */
export class StoreLoad {
  readonly #options: LoadOptions;
  readonly #followers: Follower[] = [];
  /** By key: the last n that was acknowledged. */
  readonly #puts = new Map<string, number>();
  /** By counter: increments acknowledged, and of unknown fate. */
  readonly #counts = new Map<string, { acknowledged: number; open: number }>();
  #running: Promise<unknown> = Promise.resolve();
  #acknowledged = 0;
  #counted = 0;
  #open = 0;
  #refused = 0;
  #isOver = false;

  private constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** What is found after `strike` was done under the load. */
  static async during(
    options: LoadOptions,
    strike: (load: StoreLoad) => Promise<unknown>,
  ): Promise<LoadReport> {
    const load = await StoreLoad.#start(options);
    try {
      await strike(load);
    } finally {
      // Also where it fails: else writers would go on for ever.
      load.#isOver = true;
    }
    return load.#end();
  }

  static async #start(options: LoadOptions): Promise<StoreLoad> {
    const load = new StoreLoad(options);
    for (const driver of options.drivers) {
      const follower = new Follower();
      // Servers that have just started elect their leaders first.
      await load.#patiently(() => follower.start(driver));
      load.#followers.push(follower);
    }
    load.#running = Promise.all(options.drivers.flatMap((driver, i) => load.#writers(driver, i)));
    return load;
  }

  /** Resolves when so many more writes are acknowledged, a counter's among them. */
  async acknowledges(more: number): Promise<void> {
    const [wanted, counted] = [this.#acknowledged + more, this.#counted];
    while (this.#acknowledged < wanted || this.#counted === counted) await pause(5);
  }

  /** Waits until all is quiet, and looks at what there is. */
  async #end(): Promise<LoadReport> {
    await this.#running;
    const apart = await this.#apart();
    const [driver] = this.#options.drivers as readonly [StoreDriver];
    const listed = new Map((await this.#list(driver)).map((entry) => [entry.key, readBytes(entry.value)]));
    const missing = [...this.#puts].filter(([key, n]) => (listed.get(key)?.n ?? -1) < n);
    let lost = 0;
    for (const [key, n] of missing) {
      const stands = await this.#patiently(() => driver.get(key));
      if ((stands ? readBytes(stands.value).n : -1) < n) lost++;
    }
    const counters = [...this.#counts].map(([key, count]) => ({ ...count, n: listed.get(key)?.n ?? 0 }));
    const sum = (of: (counter: (typeof counters)[number]) => number): number =>
      counters.reduce((total, counter) => total + Math.max(0, of(counter)), 0);
    return {
      acknowledged: this.#acknowledged,
      open: this.#open,
      refused: this.#refused,
      lost,
      unlisted: missing.length - lost,
      missing: sum(({ acknowledged, n }) => acknowledged - n),
      surplus: sum(({ acknowledged, open, n }) => n - acknowledged - open),
      backwards: this.#followers.reduce((total, { backwards }) => total + backwards, 0),
      apart,
    };
  }

  #writers(driver: StoreDriver, index: number): Promise<void>[] {
    const name = `d${index}`;
    const putters = Array.from({ length: WRITERS }, (_, w) => this.#putOn(driver, `${name}/${w}`));
    const counters = Array.from({ length: COUNTERS }, (_, c) => {
      const key = this.#options.isOneStore ? `count/${c}` : `count/${name}/${c}`;
      return this.#countOn(driver, name, key);
    });
    return [...putters, ...counters];
  }

  async #putOn(driver: StoreDriver, name: string): Promise<void> {
    for (let n = 1; !this.#isOver; n++) {
      const key = `put/${name}/${n % KEYS}`;
      await this.#attempt(async () => {
        await driver.put(key, writeValue({ epoch: 1, owner: name, n }));
        this.#puts.set(key, n);
        return true;
      });
    }
  }

  async #countOn(driver: StoreDriver, owner: string, key: string): Promise<void> {
    const count = this.#counts.get(key) ?? { acknowledged: 0, open: 0 };
    this.#counts.set(key, count);
    // The last acknowledged version: nothing else is ever written upon.
    let base: { readonly value: LoadValue; readonly revision: number } | undefined;
    for (let turn = 0; !this.#isOver; turn++) {
      const known = base;
      base = undefined;
      const fate = await this.#attempt(async () => {
        const stands = known ?? (await read(driver, key));
        const isOwn = stands.value.owner === owner;
        // Somebody else's is left to it for a while.
        if (!isOwn && stands.revision > 0 && turn % TAKEOVER !== 0) return false;
        const epoch = isOwn ? stands.value.epoch : stands.value.epoch + 1;
        const value = { epoch, owner, n: stands.value.n + 1 };
        const result = await driver.cas(key, writeValue(value), stands.revision);
        if (!result.ok) return false;
        count.acknowledged++;
        this.#counted++;
        base = { value, revision: result.revision };
        return true;
      });
      if (fate === "open") count.open++;
      if (!base) await pause(1);
    }
  }

  /** `write` tells whether it wrote. */
  async #attempt(write: () => Promise<boolean>): Promise<"done" | "open" | "failed"> {
    try {
      if (await write()) this.#acknowledged++;
      return "done";
    } catch (error) {
      if (!(error instanceof StitchError)) this.#options.onUnexpected?.(error);
      if (isOpen(error)) this.#open++;
      else this.#refused++;
      await pause(10);
      return isOpen(error) ? "open" : "failed";
    }
  }

  /** Feeds are behind for a while; what differs then is what they missed, or what stores don't agree on. */
  async #apart(): Promise<number> {
    const deadline = performance.now() + QUIET_MS;
    for (;;) {
      const lists = await Promise.all(this.#options.drivers.map((driver) => this.#list(driver)));
      const [first = []] = lists;
      // Each against its own store, and all stores against the first.
      const own = this.#followers.flatMap((follower, i) => follower.differences(lists[i] ?? []));
      const others = this.#followers.flatMap((follower) => follower.differences(first));
      const apart = new Set([...own, ...others]).size;
      if (apart === 0 || performance.now() > deadline) return apart;
      await pause(200);
    }
  }

  #list(driver: StoreDriver): Promise<readonly StoreEntry[]> {
    return this.#patiently(() => driver.snapshot(""));
  }

  /** A store that is away answers later; that it has lost something it must not say meanwhile. */
  async #patiently<Result>(ask: () => Promise<Result>): Promise<Result> {
    const deadline = performance.now() + QUIET_MS;
    for (;;)
      try {
        return await ask();
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await pause(200);
      }
  }
}

async function read(
  driver: StoreDriver,
  key: string,
): Promise<{ readonly value: LoadValue; readonly revision: number }> {
  const entry = await driver.get(key);
  return { value: readBytes(entry?.value), revision: entry?.revision ?? 0 };
}
