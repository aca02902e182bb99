import type { Seq } from "../units.ts";
import type { OfferedMessage } from "./protocol.ts";

/** Consumed places at the front above which the array is copied: keeps trimming O(1) on average. */
const COMPACT_AT = 512;

/**
 * A slot's retained messages, numbered without gaps: the first has `acked + 1`, the last `last`.
 * Numbers are positions, so that messages which wait for their slot's record need none yet.
 */
export class RetainedQueue {
  /** Everything up to here is committed. */
  acked: Seq = 0;
  #entries: (OfferedMessage | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#entries.length - this.#head;
  }

  /** Number of the newest message. */
  get last(): Seq {
    return this.acked + this.length;
  }

  at(seq: Seq): OfferedMessage | undefined {
    return this.#entries[this.#head + seq - this.acked - 1];
  }

  /** Oldest first. */
  messages(): OfferedMessage[] {
    return this.#entries.slice(this.#head) as OfferedMessage[];
  }

  /** What was taken over before all of these. */
  prepend(messages: readonly OfferedMessage[]): void {
    this.#entries = [...messages, ...this.messages()];
    this.#head = 0;
  }

  push(message: OfferedMessage): void {
    this.#entries.push(message);
  }

  /** Drops what is committed through `seq`; returns its bytes. */
  trim(seq: Seq): number {
    const count = Math.min(seq, this.last) - this.acked;
    if (count <= 0) return 0;
    let bytes = 0;
    const end = this.#head + count;
    for (let i = this.#head; i < end; i++) {
      bytes += this.#entries[i]?.bytes ?? 0;
      // Its memory is free now, not when the array is copied.
      this.#entries[i] = undefined;
    }
    this.acked += count;
    this.#head = end;
    this.#compact();
    return bytes;
  }

  /** Takes out up to `count` messages after `seq`, oldest first; those behind move up. */
  removeAfter(seq: Seq, count: number): OfferedMessage[] {
    return this.#entries.splice(this.#head + seq - this.acked, count) as OfferedMessage[];
  }

  /** The same messages, numbered from `seq` + 1. */
  renumber(seq: Seq): void {
    this.acked = seq;
  }

  #compact(): void {
    if (this.#head === this.#entries.length) {
      this.#entries.length = 0;
      this.#head = 0;
    } else if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }
}
