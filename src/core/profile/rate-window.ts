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

/** Messages and bytes of a sliding window; O(1) per message, no allocation. */
export class RateWindow {
  readonly #bucketMs: Millis;
  readonly #counts = new Float64Array(BUCKETS);
  readonly #bytes = new Float64Array(BUCKETS);
  /** Number of the newest bucket since the epoch, and when it ends. */
  #newest: number;
  #endMs: Millis;
  #firstMs: Millis;

  constructor(windowMs: Millis, atMs: Millis) {
    this.#bucketMs = windowMs / BUCKETS;
    this.#newest = Math.floor(atMs / this.#bucketMs);
    this.#endMs = (this.#newest + 1) * this.#bucketMs;
    this.#firstMs = atMs;
  }

  add(atMs: Millis, bytes: number): void {
    if (atMs >= this.#endMs) this.#advance(atMs);
    const at = this.#newest % BUCKETS;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#bytes[at] = (this.#bytes[at] as number) + bytes;
  }

  #advance(atMs: Millis): void {
    const newest = Math.floor(atMs / this.#bucketMs);
    const steps = Math.min(BUCKETS, newest - this.#newest);
    for (let i = 0; i < steps; i++) {
      const at = (newest - i) % BUCKETS;
      this.#counts[at] = 0;
      this.#bytes[at] = 0;
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
      messages += this.#counts[at] as number;
      bytes += this.#bytes[at] as number;
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
      const count = this.#counts[(this.#newest - i + BUCKETS) % BUCKETS] as number;
      if (count > 0 && isSilent && active.length > 0) silences++;
      isSilent = count === 0;
      if (count > 0) active.push(count);
    }
    const { cv } = momentsOf(active);
    return { silences, unevenness: active.length < MIN_ACTIVE ? 0 : cv };
  }
}
