import { StitchError } from "../errors.ts";
import type { Millis } from "../ports.ts";
import { type Envelope, KIND } from "../record/envelope.ts";
import type { SlotId } from "../record/slot-record.ts";
import type { Epoch } from "../units.ts";
import { giveWay } from "./give-way.ts";
import type { Numbering } from "./log-book.ts";
import { type MessageClass, rankOf } from "./message-class.ts";
import type { OfferedMessage, RetainedStream, RetentionCommand, RetentionEvent } from "./protocol.ts";
import { RetainedSlot, type RetentionContext } from "./retained-slot.ts";
import { slotKey } from "./slot-key.ts";
import type { Assignment } from "./stream-numbering.ts";

export interface RetentionOptions {
  /** Id of this route, where ACK and NACK go; new with each start, so that an earlier start's replies miss. */
  readonly gateway: string;
  /** Bound of all retained messages together, bytes. */
  readonly maxBytes: number;
  /** What a message counts with besides its own bytes: what keeping it takes. */
  readonly overheadBytes?: number;
  /** Most unacknowledged messages on the way per slot; the rest waits here. */
  readonly windowMessages?: number;
  /** Without progress for so long, the unacknowledged are sent again. */
  readonly retransmitMs?: Millis;
}

type OfferEvent = Extract<RetentionEvent, { type: "offer" }>;

/** Share of the bound that is made free at once. */
const ROOM = 1 / 64;
/** Where nothing gave way it is looked for again after so long. */
const LOOK_AGAIN_MS = 100;
const DEFAULT_WINDOW = 256;
const DEFAULT_RETRANSMIT_MS = 2000;

function checkedBytes(maxBytes: number): number {
  if (!(maxBytes > 0)) throw new RangeError(`maxBytes must be > 0 bytes, got ${maxBytes}`);
  return maxBytes;
}

/** R of DESIGN.md section 6: numbers each slot's messages and retains them until they are committed. */
export class Retention {
  #maxBytes: number;
  readonly #context: RetentionContext;
  /** For a message of no higher rank nothing gave way. */
  #fruitless = { untilMs: Number.NEGATIVE_INFINITY, rank: 0 };
  readonly #slots = new Map<string, RetainedSlot>();
  /** Slots that wait for an answer: all that a tick looks at. */
  readonly #waiting = new Set<RetainedSlot>();

  constructor(options: RetentionOptions) {
    const { gateway, maxBytes, windowMessages, retransmitMs, overheadBytes = 0 } = options;
    this.#maxBytes = checkedBytes(maxBytes);
    this.#context = {
      gateway,
      windowMessages: windowMessages ?? DEFAULT_WINDOW,
      retransmitMs: retransmitMs ?? DEFAULT_RETRANSMIT_MS,
      isLogged: false,
      bytes: 0,
      messages: 0,
      dropped: 0,
      costOf: (message) => (message === undefined ? 0 : message.bytes + overheadBytes),
    };
  }

  /** Told late: the route node may be deployed after the pool's gateway is made. What is retained stays. */
  setMaxBytes(maxBytes: number): void {
    this.#maxBytes = checkedBytes(maxBytes);
  }

  /** Whether `trimmed` tells what need not be logged any more. */
  tellTrimmed(isLogged: boolean): void {
    this.#context.isLogged = isLogged;
  }

  /** What is retained, by slot, also of slots that have nothing. */
  streams(): RetainedStream[] {
    return Array.from(this.#slots.values(), (slot) => slot.stream);
  }

  /** Last epoch in which the slot was numbered; 0: never. */
  epochOf(id: SlotId): Epoch {
    return this.#slots.get(slotKey(id))?.epoch ?? 0;
  }

  /** How the slot will be numbered once `assigned` has been taken in; undefined: as it is. */
  numberingAfter(id: SlotId, assignment: Assignment): Numbering | undefined {
    const slot = this.#slots.get(slotKey(id));
    return slot ? slot.numberingAfter(assignment) : { trims: 0, acked: assignment.seq };
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** Bytes retained over all slots. */
  get bytes(): number {
    return this.#context.bytes;
  }

  /** Messages retained over all slots. */
  get messages(): number {
    return this.#context.messages;
  }

  /** Messages that were taken over and given up for more important ones. */
  get dropped(): number {
    return this.#context.dropped;
  }

  /** Slots known. */
  get size(): number {
    return this.#slots.size;
  }

  /** Slots whose host has no room for more. */
  get halted(): number {
    let count = 0;
    for (const slot of this.#waiting) if (slot.isFull) count++;
    return count;
  }

  knows(id: SlotId): boolean {
    return this.#slots.has(slotKey(id));
  }

  /** Messages of one slot that are not acknowledged. */
  retained(id: SlotId): number {
    return this.#slots.get(slotKey(id))?.length ?? 0;
  }

  handle(event: RetentionEvent, nowMs: Millis): RetentionCommand[] {
    const out: RetentionCommand[] = [];
    switch (event.type) {
      case "offer":
        this.#offer(event, nowMs, out);
        break;
      case "restore":
        this.#slot(event.stream.id).restore(event.stream);
        break;
      case "reply":
        this.#reply(event.envelope, nowMs, out);
        break;
      case "assigned":
        this.#slot(event.id).assigned(event, nowMs, out);
        this.#watch(this.#slot(event.id));
        break;
      case "hold":
        this.#known(event.id, (slot) => slot.hold(nowMs, out));
        break;
      case "release":
        this.#known(event.id, (slot) => slot.release(nowMs, out));
        break;
      case "host-restarted":
        this.#restarted(event.host, nowMs, out);
        break;
      case "close":
        this.#close(event.id);
        break;
      case "tick":
        for (const slot of this.#waiting) slot.tick(nowMs, out);
        break;
      default:
        event satisfies never;
    }
    return out;
  }

  #slot(id: SlotId): RetainedSlot {
    const key = slotKey(id);
    let slot = this.#slots.get(key);
    if (!slot) {
      slot = new RetainedSlot(id, this.#context);
      this.#slots.set(key, slot);
    }
    return slot;
  }

  #known(id: SlotId, apply: (slot: RetainedSlot) => void): void {
    const slot = this.#slots.get(slotKey(id));
    if (!slot) return;
    apply(slot);
    this.#watch(slot);
  }

  #watch(slot: RetainedSlot): void {
    if (slot.isWaiting) this.#waiting.add(slot);
    else this.#waiting.delete(slot);
  }

  /** undefined: there is room for the message, and for `pendingBytes` that are on their way here. */
  refusal(message: OfferedMessage, pendingBytes = 0): StitchError | undefined {
    const held = this.#context.bytes + pendingBytes;
    if (held + this.#context.costOf(message) <= this.#maxBytes) return undefined;
    const text = `retention holds ${held} of ${this.#maxBytes} bytes, no room for a message of ${message.bytes} bytes`;
    return new StitchError("BUFFER_FULL", text);
  }

  #offer(event: OfferEvent, nowMs: Millis, out: RetentionCommand[]): void {
    const { id, message, isLogged, messageClass } = event;
    if (!isLogged && this.refusal(message) && messageClass) this.#giveWay(message, messageClass, nowMs, out);
    const error = isLogged ? undefined : this.refusal(message);
    if (error) {
      out.push({ type: "rejected", id, message, error });
      return;
    }
    const slot = this.#slot(id);
    slot.messageClass = messageClass;
    slot.offer(message, nowMs, out);
    this.#watch(slot);
  }

  /** Some more than is needed, so that not every message of a flood looks for what gives way. */
  #giveWay(message: OfferedMessage, offered: MessageClass, nowMs: Millis, out: RetentionCommand[]): void {
    // In a log, a message is known by its position among all of its slot.
    const rank = rankOf(offered);
    if (this.#context.isLogged || (nowMs < this.#fruitless.untilMs && rank <= this.#fruitless.rank)) return;
    const bytes = this.#context.costOf(message) + this.#maxBytes * ROOM;
    if (giveWay(this.#slots.values(), bytes, offered, out) === 0)
      this.#fruitless = { untilMs: nowMs + LOOK_AGAIN_MS, rank };
  }

  #reply(envelope: Envelope, nowMs: Millis, out: RetentionCommand[]): void {
    const slot = this.#slots.get(slotKey(envelope));
    const { mirror, reason, host, expected } = envelope.meta;
    // An earlier epoch's answer says nothing that the record at this epoch's start did not.
    if (slot?.owner === undefined || mirror || envelope.epoch < slot.epoch) return;
    if (envelope.epoch > slot.epoch || reason === "epoch") {
      out.push({ type: "refresh", id: slot.id });
      return;
    }
    if (host !== undefined && host !== slot.owner) return;
    if (envelope.kind === KIND.ACK) slot.acked(envelope.seq, nowMs, out);
    else if (reason === "full" && expected !== undefined) slot.full(expected, nowMs);
    else if (reason === "gap" && expected !== undefined) slot.missing(expected, nowMs, out);
    this.#watch(slot);
  }

  #restarted(host: string, nowMs: Millis, out: RetentionCommand[]): void {
    for (const slot of this.#slots.values()) {
      if (slot.owner !== host) continue;
      slot.sendAgain(nowMs, out);
      this.#watch(slot);
    }
  }

  #close(id: SlotId): void {
    const key = slotKey(id);
    const slot = this.#slots.get(key);
    if (!slot || slot.length > 0) return;
    this.#slots.delete(key);
    this.#waiting.delete(slot);
  }
}
