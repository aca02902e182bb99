import type { Millis } from "../ports.ts";

/** A slot that is held for longer waits for its owner's flow: the others need not wait for that. */
const SHORT_MS = 50;

/** Planned shifts take turns at holding their slots, named by any key, so that the pause of each is its own. */
export class Holds {
  readonly #held = new Map<string, Millis>();
  readonly #waiting = new Set<string>();
  readonly #most: number;

  /** At most so many at once: of more, each would wait for the others' reads and writes. */
  constructor(most: number) {
    this.#most = most;
  }

  /** false: not now; the slot is among those that `next` gives. */
  take(slot: string, nowMs: Millis): boolean {
    const hasRoom = this.#hasRoom(nowMs);
    if (hasRoom) {
      this.#waiting.delete(slot);
      this.#held.set(slot, nowMs);
    } else this.#waiting.add(slot);
    return hasRoom;
  }

  give(slot: string): void {
    this.#held.delete(slot);
    this.#waiting.delete(slot);
  }

  /** A slot that waited and may try again; undefined: none waits, or there is no room. */
  next(nowMs: Millis): string | undefined {
    if (this.#waiting.size === 0 || !this.#hasRoom(nowMs)) return undefined;
    const [slot] = this.#waiting;
    this.#waiting.delete(slot as string);
    return slot;
  }

  #hasRoom(nowMs: Millis): boolean {
    if (this.#held.size < this.#most) return true;
    let count = 0;
    for (const heldAtMs of this.#held.values()) if (nowMs - heldAtMs < SHORT_MS) count++;
    return count < this.#most;
  }
}
