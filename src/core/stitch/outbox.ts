import type { OutboxEntry } from "../record/slot-record.ts";
import type { Seq } from "../units.ts";
import { sizeOf } from "./size-of.ts";

/** Outputs of one slot that are committed and not known to be delivered, oldest first; the front ones are emitted. */
export class Outbox {
  #entries: { readonly entry: OutboxEntry; readonly bytes: number }[] = [];
  #bytes = 0;
  #emitted = 0;

  constructor(entries: readonly OutboxEntry[] = []) {
    this.add(entries);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#entries.length;
  }

  entries(): OutboxEntry[] {
    return this.#entries.map(({ entry }) => entry);
  }

  /** Emitted and not confirmed. */
  outstanding(): OutboxEntry[] {
    return this.#entries.slice(0, this.#emitted).map(({ entry }) => entry);
  }

  /** Not emitted yet. */
  waiting(): OutboxEntry[] {
    return this.#entries.slice(this.#emitted).map(({ entry }) => entry);
  }

  /** What has not been emitted, once nothing is outstanding; counts as emitted from now on. */
  nextBatch(): OutboxEntry[] {
    if (this.#emitted > 0) return [];
    this.#emitted = this.length;
    return this.entries();
  }

  add(entries: readonly OutboxEntry[]): void {
    for (const entry of entries) {
      const bytes = sizeOf(entry.message);
      this.#entries.push({ entry, bytes });
      this.#bytes += bytes;
    }
  }

  clear(): void {
    this.#entries = [];
    this.#bytes = 0;
    this.#emitted = 0;
  }

  /** Removes a delivered output; false where it is none of these. Confirmations come mostly in order: the front. */
  confirm(seq: Seq, index: number): boolean {
    const at = this.#entries.findIndex(({ entry }) => entry.seq === seq && entry.index === index);
    if (at < 0) return false;
    this.#bytes -= this.#entries[at]?.bytes ?? 0;
    this.#entries.splice(at, 1);
    if (at < this.#emitted) this.#emitted--;
    return true;
  }
}
