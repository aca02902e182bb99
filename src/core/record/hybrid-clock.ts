import type { Clock, Millis } from "../ports.ts";
import type { Epoch } from "../units.ts";

/** Orders versions of one key over machines: by epoch, then by hybrid logical time, then by node. */
export interface Stamp {
  readonly epoch: Epoch;
  readonly ms: Millis;
  /** Orders what falls into one millisecond. */
  readonly count: number;
  /** 8 characters: makes stamps of different nodes different. */
  readonly node: string;
}

/** Negative where `a` is the older one; 0 only for the same write. */
export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.epoch !== b.epoch) return a.epoch - b.epoch;
  if (a.ms !== b.ms) return a.ms - b.ms;
  if (a.count !== b.count) return a.count - b.count;
  return a.node < b.node ? -1 : Number(a.node > b.node);
}

/** A clock that runs ahead of ours by more than this is not followed. */
const MAX_DRIFT_MS = 60_000;

/**
 * Hybrid logical clock (Kulkarni, Demirbas et al. 2014): close to wall time, and later than everything it has seen.
 */
export class HybridClock {
  readonly #clock: Clock;
  readonly #node: string;
  #ms: Millis = 0;
  #count = 0;

  constructor(clock: Clock, node: string) {
    if (!/^[\w-]{8}$/.test(node)) throw new RangeError(`node must be 8 letters, digits, _ or -, got ${node}`);
    this.#clock = clock;
    this.#node = node;
  }

  /** For a write that happens now. */
  stamp(epoch: Epoch): Stamp {
    const now = Math.floor(this.#clock.now());
    if (now > this.#ms) {
      this.#ms = now;
      this.#count = 0;
    } else {
      this.#count++;
    }
    return { epoch, ms: this.#ms, count: this.#count, node: this.#node };
  }

  /** Whether a clock that shows `ms` runs so far ahead that following it would spoil ours. */
  isAhead(ms: Millis): boolean {
    return ms > this.#clock.now() + MAX_DRIFT_MS;
  }

  /** A write of somebody else; false where its clock runs too far ahead. */
  see({ ms, count }: Stamp): boolean {
    if (this.isAhead(ms)) return false;
    if (ms > this.#ms) {
      this.#ms = ms;
      this.#count = count;
    } else if (ms === this.#ms) {
      this.#count = Math.max(this.#count, count);
    }
    return true;
  }
}
