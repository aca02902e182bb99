import type { Envelope } from "../record/envelope.ts";
import { envelopeBytes, type Intake } from "./intake.ts";

interface Held {
  readonly envelope: Envelope;
  readonly bytes: number;
}

/** Consumed places at the front above which the array is copied: keeps shifting O(1) on average. */
const COMPACT_AT = 256;

/** What of a slot waits for the flow, in order, and what the flow has in hand: all within the host's intake. */
export class OwnerQueue {
  readonly #intake: Intake;
  #waiting: (Held | undefined)[] = [];
  #head = 0;
  #inHand: number | undefined;
  #bytes = 0;

  constructor(intake: Intake) {
    this.#intake = intake;
  }

  get length(): number {
    return this.#waiting.length - this.#head;
  }

  /** Of what waits and what is in hand. */
  get bytes(): number {
    return this.#bytes;
  }

  /** false: refused, there is no room. */
  push(envelope: Envelope): boolean {
    const bytes = envelopeBytes(envelope);
    if (!this.#intake.take(bytes, this.#bytes)) return false;
    this.#bytes += bytes;
    this.#waiting.push({ envelope, bytes });
    return true;
  }

  /** The next message, in the flow's hands from now on. */
  shift(): Envelope | undefined {
    const held = this.#waiting[this.#head];
    if (!held) return undefined;
    this.#waiting[this.#head++] = undefined;
    if (this.#head === this.#waiting.length || this.#head >= COMPACT_AT) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    this.#inHand = held.bytes;
    return held.envelope;
  }

  /** The flow is done with what it had. */
  done(): void {
    this.#free(this.#inHand ?? 0);
    this.#inHand = undefined;
  }

  /** Forgets what waits. */
  clear(): void {
    let bytes = 0;
    for (let i = this.#head; i < this.#waiting.length; i++) bytes += this.#waiting[i]?.bytes ?? 0;
    this.#waiting = [];
    this.#head = 0;
    this.#free(bytes);
  }

  #free(bytes: number): void {
    this.#bytes -= bytes;
    this.#intake.free(bytes);
  }
}
