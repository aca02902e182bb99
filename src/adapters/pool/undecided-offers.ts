import { StitchError } from "../../core/errors.ts";
import type { SlotId } from "../../core/record/slot-record.ts";
import type { Taking } from "../../core/stitch/lease.ts";
import type { OfferedMessage } from "../../core/stitch/protocol.ts";
import type { Offered } from "./gateway-pool.ts";
import { costOf } from "./message-cost.ts";

type Take = (id: SlotId, message: OfferedMessage) => Offered | Promise<Offered>;

export interface UndecidedOffersOptions {
  readonly taking: () => Taking;
  readonly take: Take;
  /** Of messages that wait. */
  readonly maxBytes: () => number;
}

interface Waiting {
  readonly id: SlotId;
  readonly message: OfferedMessage;
  readonly settle: (offered: Offered | Promise<Offered>) => void;
}

/**
 * Messages that came before it was known whether this gateway works or another: they wait, in their order and in
 * bounded bytes. Refused they would be lost where this one is to work; taken, sent twice where another does.
 */
export class UndecidedOffers {
  readonly #options: UndecidedOffersOptions;
  #waiting: Waiting[] = [];
  #bytes = 0;

  constructor(options: UndecidedOffersOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Resolves or is `undefined` also for a message that is another gateway's; an error: nobody took it. */
  offer(id: SlotId, message: OfferedMessage): Offered | Promise<Offered> {
    this.release();
    const { taking, take, maxBytes } = this.#options;
    const answer = taking();
    if (answer === "no") return undefined;
    if (answer === "yes") return take(id, message);
    if (this.#bytes + costOf(message) > maxBytes())
      return new StitchError(
        "BUFFER_FULL",
        `${this.#bytes} B of messages wait for the store to say whether another gateway works, at most ${maxBytes()} B may`,
      );
    this.#bytes += costOf(message);
    return new Promise((settle) => {
      this.#waiting.push({ id, message, settle });
    });
  }

  /** What waited, where it is known meanwhile whose it is. */
  release(): void {
    const { taking, take } = this.#options;
    if (this.#waiting.length === 0 || taking() === "wait") return;
    const isOwn = taking() === "yes";
    for (const { id, message, settle } of this.#empty()) settle(isOwn ? take(id, message) : undefined);
  }

  /** Nothing more is taken. */
  close(error: Error): void {
    for (const { settle } of this.#empty()) settle(error);
  }

  #empty(): Waiting[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    return waiting;
  }
}
