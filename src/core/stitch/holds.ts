import type { Millis } from "../ports.ts";

/** So many slots are held at once for planned shifts: of more, each would wait for the others' reads and writes. */
const MOST = 2;
/** A slot that is held for longer waits for its owner's flow: the others need not wait for that. */
const SHORT_MS = 50;

/** Planned shifts take turns at holding their slots, so that the pause of each is its own. */
export class Holds<Slot> {
  readonly #held = new Map<Slot, Millis>();
  readonly #waiting = new Set<Slot>();

  /** false: not now; the slot is among those that `next` gives. */
  take(slot: Slot, nowMs: Millis): boolean {
    const hasRoom = this.#hasRoom(nowMs);
    if (hasRoom) {
      this.#waiting.delete(slot);
      this.#held.set(slot, nowMs);
    } else this.#waiting.add(slot);
    return hasRoom;
  }

  give(slot: Slot): void {
    this.#held.delete(slot);
    this.#waiting.delete(slot);
  }

  /** A slot that waited and may try again; undefined: none waits, or there is no room. */
  next(nowMs: Millis): Slot | undefined {
    if (this.#waiting.size === 0 || !this.#hasRoom(nowMs)) return undefined;
    const [slot] = this.#waiting;
    this.#waiting.delete(slot as Slot);
    return slot;
  }

  #hasRoom(nowMs: Millis): boolean {
    if (this.#held.size < MOST) return true;
    let count = 0;
    for (const heldAtMs of this.#held.values()) if (nowMs - heldAtMs < SHORT_MS) count++;
    return count < MOST;
  }
}
