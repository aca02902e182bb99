import type { StoreDriver, StoreEntry } from "../../core/record/store-driver.ts";
import { scopePrefix } from "./context-entry.ts";
import type { FileContexts } from "./file-contexts.ts";
import type { Replica, ReplicaEntry } from "./replica.ts";

export interface FreshReadsOptions {
  readonly driver: StoreDriver;
  readonly replica: Replica;
  readonly files: FileContexts | undefined;
}

/**
 * Brings parts of the replica up to date before they are read (`cache: false`): then a read sees whatever any Node-RED
 * has had acknowledged, and not only what the feed has brought. What was set here and is on its way is newer.
 */
export class FreshReads {
  readonly #options: FreshReadsOptions;

  constructor(options: FreshReadsOptions) {
    this.#options = options;
  }

  async properties(scope: string, names: readonly string[]): Promise<void> {
    await this.#options.files?.take(scope);
    await Promise.all(names.map((name) => this.#property(scope, name)));
  }

  async scope(scope: string): Promise<void> {
    const { driver, replica, files } = this.#options;
    await files?.take(scope);
    const before = replica.entriesOf(scope).map((entry) => [entry, entry.revision] as const);
    const stored = await driver.snapshot(scopePrefix(scope));
    const kept = new Set(stored.map(({ key }) => key));
    for (const entry of stored.toSorted((a, b) => a.revision - b.revision)) replica.apply(entry);
    for (const [entry, revision] of before) if (!kept.has(entry.key)) this.#gone(entry, revision);
  }

  async #property(scope: string, name: string): Promise<void> {
    const { driver, replica } = this.#options;
    const entry = replica.entry({ scope, name });
    const { revision } = entry;
    const stored: StoreEntry | undefined = await driver.get(entry.key);
    if (stored) replica.apply(stored);
    else this.#gone(entry, revision);
  }

  /** The store lacks it, unless it came back by the feed since it was looked for. */
  #gone(entry: ReplicaEntry, revision: number): void {
    if (!entry.isSettled || entry.revision !== revision) return;
    entry.set(undefined, "");
    this.#options.replica.dropIfGone(entry);
  }
}
