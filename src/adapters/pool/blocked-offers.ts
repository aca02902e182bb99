import { StitchError } from "../../core/errors.ts";
import type { SlotId } from "../../core/record/slot-record.ts";
import type { MessageClass } from "../../core/stitch/message-class.ts";
import type { OfferedMessage } from "../../core/stitch/protocol.ts";
import { slotKey } from "../../core/stitch/slot-key.ts";
import type { Offered } from "./gateway-pool.ts";
import { costOf } from "./message-cost.ts";

export interface Offer {
  readonly id: SlotId;
  readonly message: OfferedMessage;
  /** undefined: not known. */
  readonly messageClass: MessageClass | undefined;
}

interface Blocked extends Offer {
  readonly settle: (offered: Offered | Promise<Offered>) => void;
}

/** What waits may hold this share of the buffer's bound, besides the buffer. */
const SHARE = 1 / 4;

const isFull = (offered: Offered | Promise<Offered>): boolean =>
  offered instanceof StitchError && offered.code === "BUFFER_FULL";

/**
 * Messages that may not be lost while the buffer is full: the route node is not done with them until there is room, so
 * that who waits for that sends no more. Bounded too: above it a message is refused like any other.
 */
export class BlockedOffers {
  readonly #take: (offer: Offer) => Offered | Promise<Offered>;
  readonly #reopen: (id: SlotId) => void;
  readonly #queue: Blocked[] = [];
  /** Messages that wait, by slot: what comes after them waits behind them. */
  readonly #slots = new Map<string, number>();
  #bytes = 0;
  #refused = 0;

  /** `reopen`: takes up the slot of a message that has waited, where it was closed meanwhile. */
  constructor(take: (offer: Offer) => Offered | Promise<Offered>, reopen: (id: SlotId) => void) {
    this.#take = take;
    this.#reopen = reopen;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Messages that were not taken over for want of room. */
  get refused(): number {
    return this.#refused;
  }

  offer(offer: Offer, bufferBytes: number): Offered | Promise<Offered> {
    if (this.#queue.length === 0 || !this.#slots.has(slotKey(offer.id))) {
      const taken = this.#take(offer);
      if (!isFull(taken)) return taken;
      return this.#mayWait(offer, bufferBytes) ? this.#wait(offer) : this.#refuse(taken as Error);
    }
    if (this.#mayWait(offer, bufferBytes)) return this.#wait(offer);
    const text = `older messages of session ${offer.id.sessionId} wait for room in the buffer`;
    return this.#refuse(new StitchError("BUFFER_FULL", text));
  }

  #refuse(error: Error): Error {
    this.#refused++;
    return error;
  }

  #mayWait({ message, messageClass }: Offer, bufferBytes: number): boolean {
    return messageClass?.loss === "none" && this.#bytes + costOf(message) <= bufferBytes * SHARE;
  }

  #wait(offer: Offer): Promise<Offered> {
    const key = slotKey(offer.id);
    this.#slots.set(key, (this.#slots.get(key) ?? 0) + 1);
    this.#bytes += costOf(offer.message);
    return new Promise((settle) => {
      this.#queue.push({ ...offer, settle });
    });
  }

  /** Takes over what there is room for, in the order it came. */
  release(): void {
    let released = 0;
    for (const blocked of this.#queue) {
      const taken = this.#take(blocked);
      if (isFull(taken)) break;
      // To make room for another session it may have been closed: nothing of it was retained.
      if (!(taken instanceof Error)) this.#reopen(blocked.id);
      this.#settle(blocked, taken);
      released++;
    }
    this.#queue.splice(0, released);
  }

  /** Nothing more is taken. */
  close(error: Error): void {
    for (const blocked of this.#queue.splice(0)) this.#settle(blocked, error);
  }

  #settle(blocked: Blocked, taken: Offered | Promise<Offered>): void {
    const key = slotKey(blocked.id);
    const left = (this.#slots.get(key) ?? 1) - 1;
    if (left > 0) this.#slots.set(key, left);
    else this.#slots.delete(key);
    this.#bytes -= costOf(blocked.message);
    blocked.settle(taken);
  }
}
