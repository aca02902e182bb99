import type { Millis } from "../ports.ts";
import { momentsOf } from "./gap-window.ts";

/** Buckets of a window: the oldest one drops out, so the window's length varies by a twelfth. */
const BUCKETS = 12;

/** Active buckets that tell whether messages come evenly. */
const MIN_ACTIVE = 4;

export interface WindowTotals {
  readonly messages: number;
  readonly bytes: number;
  readonly spanMs: Millis;
}

/** How a window's messages are spread over its buckets. */
export interface Spread {
  /** Silences of whole buckets between messages. */
  readonly silences: number;
  /** Standard deviation ÷ mean of the counts of buckets with messages. */
  readonly unevenness: number;
}

/** Cells that a RateWindow takes: a count and a sum per bucket. */
export const RATE_CELLS: number = 2 * BUCKETS;

/**
 * Messages and bytes of a sliding window, summed by panes (Li, Maier, Tufte, Papadimos & Tucker 2005, SIGMOD Record
 * 34(1)); O(1) per message, no allocation.
 */
export class RateWindow {
  readonly #bucketMs: Millis;
  readonly #cells: Float32Array;
  readonly #counts: number;
  readonly #bytes: number;
  /** Number of the newest bucket since the epoch, and when it ends. */
  #newest: number;
  #endMs: Millis;
  #firstMs: Millis;

  /** Takes RATE_CELLS of the cells, from `from` on. */
  constructor(windowMs: Millis, atMs: Millis, cells: Float32Array, from: number) {
    this.#cells = cells;
    this.#counts = from;
    this.#bytes = from + BUCKETS;
    this.#bucketMs = windowMs / BUCKETS;
    this.#newest = Math.floor(atMs / this.#bucketMs);
    this.#endMs = (this.#newest + 1) * this.#bucketMs;
    this.#firstMs = atMs;
  }

  add(atMs: Millis, bytes: number): void {
    if (atMs >= this.#endMs) this.#advance(atMs);
    const at = this.#newest % BUCKETS;
    const cells = this.#cells;
    cells[this.#counts + at] = (cells[this.#counts + at] as number) + 1;
    cells[this.#bytes + at] = (cells[this.#bytes + at] as number) + bytes;
  }

  #advance(atMs: Millis): void {
    const newest = Math.floor(atMs / this.#bucketMs);
    const steps = Math.min(BUCKETS, newest - this.#newest);
    for (let i = 0; i < steps; i++) {
      const at = (newest - i) % BUCKETS;
      this.#cells[this.#counts + at] = 0;
      this.#cells[this.#bytes + at] = 0;
    }
    // After a silence longer than the window it begins anew.
    if (steps === BUCKETS) this.#firstMs = atMs;
    this.#newest = newest;
    this.#endMs = (newest + 1) * this.#bucketMs;
  }

  /** Totals up to `atMs`, and the time they are of. */
  read(atMs: Millis): WindowTotals {
    if (atMs >= this.#endMs) this.#advance(atMs);
    let messages = 0;
    let bytes = 0;
    for (let at = 0; at < BUCKETS; at++) {
      messages += this.#cells[this.#counts + at] as number;
      bytes += this.#cells[this.#bytes + at] as number;
    }
    const fromMs = Math.max(this.#firstMs, (this.#newest - BUCKETS + 1) * this.#bucketMs);
    return { messages, bytes, spanMs: Math.max(1, atMs - fromMs) };
  }

  /** Of the window that `read` read. */
  spread(): Spread {
    let silences = 0;
    let isSilent = true;
    const active: number[] = [];
    // The newest bucket isn't full yet.
    for (let i = BUCKETS - 1; i >= 1; i--) {
      const count = this.#cells[this.#counts + ((this.#newest - i + BUCKETS) % BUCKETS)] as number;
      if (count > 0 && isSilent && active.length > 0) silences++;
      isSilent = count === 0;
      if (count > 0) active.push(count);
    }
    const { cv } = momentsOf(active);
    return { silences, unevenness: active.length < MIN_ACTIVE ? 0 : cv };
  }
}
