import type { Millis } from "../ports.ts";
import type { Seq } from "../units.ts";

/** An owner that answers within this is taken for one that keeps up: the slot's pause would be as short. */
const PROMPT_MS = 20;
/** An owner that does not keep up is not waited for any longer: it may never. */
const MOST_MS = 300;

/**
 * The wait before a hold, for an owner that is behind or stands still for a moment (a collection of garbage, a busy
 * machine): what it has to catch up with is no pause of the slot as long as the slot is not held.
 */
export class Settling {
  readonly #untilMs: Millis;
  /** What was sent is to be acknowledged through here, asked for at `#askedAtMs`. */
  #through: Seq;
  #askedAtMs: Millis;

  constructor(sent: Seq, nowMs: Millis) {
    this.#through = sent;
    this.#askedAtMs = nowMs;
    this.#untilMs = nowMs + MOST_MS;
  }

  /** Whether to hold; an answer that took long is followed by another wait, for what was `sent` meanwhile. */
  isOver(acked: Seq, sent: Seq, nowMs: Millis): boolean {
    if (nowMs >= this.#untilMs || acked >= sent) return true;
    if (acked < this.#through) return false;
    if (nowMs - this.#askedAtMs <= PROMPT_MS) return true;
    this.#through = sent;
    this.#askedAtMs = nowMs;
    return false;
  }
}
