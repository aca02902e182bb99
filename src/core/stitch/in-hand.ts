import type { Millis } from "../ports.ts";
import type { Envelope } from "../record/envelope.ts";
import type { Seq } from "../units.ts";

/** The message that a slot's flow has in hand: one at a time, so that each sees the state its predecessor left. */
export class InHand {
  #envelope: Envelope | undefined;
  #sinceMs: Millis = 0;
  /** Handed over with a state that has been rolled back since: its result does not count. */
  #isVoid = false;

  get envelope(): Envelope | undefined {
    return this.#envelope;
  }

  get isVoid(): boolean {
    return this.#isVoid;
  }

  has(seq: Seq): boolean {
    return this.#envelope?.seq === seq;
  }

  take(envelope: Envelope, nowMs: Millis): void {
    this.#envelope = envelope;
    this.#sinceMs = nowMs;
    this.#isVoid = false;
  }

  putDown(): void {
    this.#envelope = undefined;
  }

  void(): void {
    this.#isVoid = true;
  }

  /** The process stood still: the flow had no time either. */
  standStill(forMs: Millis, nowMs: Millis): void {
    this.#sinceMs = Math.min(nowMs, this.#sinceMs + forMs);
  }

  isLate(timeoutMs: Millis, nowMs: Millis): boolean {
    return this.#envelope !== undefined && nowMs - this.#sinceMs >= timeoutMs;
  }
}
