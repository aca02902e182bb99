import type { StoreChange, StoreDriver } from "../../src/core/record/store-driver.ts";
import { readValue } from "./store-values.ts";

interface Known {
  readonly revision: number;
  readonly epoch: number;
  /** undefined: deleted. */
  readonly text: string | undefined;
}

const textOf = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();

/** A replica as a host has one: what there was, then what the feed tells. */
export class Follower {
  readonly #known = new Map<string, Known>();
  /** Changes whose epoch or revision is not above the one before of that key. */
  backwards = 0;

  /** Follows the driver's store until the driver is closed. */
  async start(driver: StoreDriver): Promise<void> {
    await driver.watch("", (change) => this.told(change));
    for (const entry of await driver.snapshot("")) this.#take(entry);
  }

  told(change: StoreChange): void {
    const known = this.#known.get(change.key);
    const { epoch } = readValue(textOf(change.value));
    // Before what there was is read, the feed may tell of a part of that.
    if (known && (change.revision < known.revision || epoch < known.epoch)) this.backwards++;
    this.#take(change);
  }

  /** Keys that it holds otherwise than the store does. */
  differences(entries: readonly { readonly key: string; readonly value: Uint8Array }[]): string[] {
    const stored = new Map(entries.map(({ key, value }) => [key, textOf(value)]));
    const wrong = [...stored].filter(([key, text]) => this.#known.get(key)?.text !== text);
    const extra = [...this.#known].filter(([key, { text }]) => text !== undefined && !stored.has(key));
    return [...wrong, ...extra].map(([key]) => key);
  }

  #take({ key, value, revision }: StoreChange): void {
    const known = this.#known.get(key);
    if (known && revision <= known.revision) return;
    const text = textOf(value);
    this.#known.set(key, { revision, epoch: readValue(text).epoch, text });
  }
}
