import type {
  CasResult,
  StoreCapabilities,
  StoreChange,
  StoreDriver,
  StoreEntry,
  StoreHealth,
} from "../../core/record/store-driver.ts";
import type { Revision } from "../../core/units.ts";

/** Writes whose way back through the feed is timed at once. */
const MAX_TIMED = 100;

export interface DriverFigures {
  /** Writes that are asked for and not acknowledged. */
  readonly pendingWrites: number;
  /** From asking for a write until a watcher here heard of it, the last one timed; undefined: none yet. */
  readonly lagMs: number | undefined;
}

/** Any driver, with what its watchers and writers wait. */
export class MeasuredDriver implements StoreDriver {
  readonly capabilities: StoreCapabilities;
  readonly #driver: StoreDriver;
  /** When a write of the key was asked for. */
  readonly #asked = new Map<string, number>();
  #watchers = 0;
  #pending = 0;
  #lagMs: number | undefined;

  constructor(driver: StoreDriver) {
    this.#driver = driver;
    this.capabilities = driver.capabilities;
  }

  get figures(): DriverFigures {
    return { pendingWrites: this.#pending, lagMs: this.#lagMs };
  }

  open(): Promise<void> {
    return this.#driver.open();
  }

  get(key: string): Promise<StoreEntry | undefined> {
    return this.#driver.get(key);
  }

  snapshot(prefix: string): Promise<readonly StoreEntry[]> {
    return this.#driver.snapshot(prefix);
  }

  async watch(
    prefix: string,
    onChange: (change: StoreChange) => void,
    options?: { readonly sinceRevision?: Revision },
  ): Promise<() => void> {
    const heard = (change: StoreChange): void => {
      this.#heard(change.key);
      onChange(change);
    };
    const end = await this.#driver.watch(prefix, heard, options);
    this.#watchers++;
    let isOver = false;
    return () => {
      if (!isOver) this.#watchers--;
      isOver = true;
      end();
    };
  }

  put(key: string, value: Uint8Array): Promise<Revision> {
    return this.#timed(key, () => this.#driver.put(key, value));
  }

  cas(key: string, value: Uint8Array, expected: Revision): Promise<CasResult> {
    return this.#timed(key, () => this.#driver.cas(key, value, expected));
  }

  delete(key: string, expected?: Revision): Promise<CasResult> {
    return this.#timed(key, () => this.#driver.delete(key, expected));
  }

  async count(): Promise<number> {
    return (await this.#driver.count?.()) ?? Number.NaN;
  }

  health(): StoreHealth {
    return this.#driver.health();
  }

  close(): Promise<void> {
    return this.#driver.close();
  }

  async #timed<Result>(key: string, write: () => Promise<Result>): Promise<Result> {
    this.#pending++;
    const isTimed = this.#watchers > 0 && this.#asked.size < MAX_TIMED && !this.#asked.has(key);
    if (isTimed) this.#asked.set(key, performance.now());
    try {
      return await write();
    } catch (error) {
      if (isTimed) this.#asked.delete(key);
      throw error;
    } finally {
      this.#pending--;
    }
  }

  #heard(key: string): void {
    const askedMs = this.#asked.get(key);
    if (askedMs === undefined) return;
    this.#asked.delete(key);
    this.#lagMs = performance.now() - askedMs;
  }
}
