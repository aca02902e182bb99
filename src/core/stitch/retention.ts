import { StitchError } from "../errors.ts";
import type { Millis } from "../ports.ts";
import { type Envelope, KIND } from "../record/envelope.ts";
import type { SlotId } from "../record/slot-record.ts";
import type { Epoch } from "../units.ts";
import type { Numbering } from "./log-book.ts";
import type { RetainedStream, RetentionCommand, RetentionEvent } from "./protocol.ts";
import { type Assignment, RetainedSlot, type RetentionContext } from "./retained-slot.ts";
import { slotKey } from "./slot-key.ts";

export interface RetentionOptions {
  /** Id of this route, where ACK and NACK go; new with each start, so that an earlier start's replies miss. */
  readonly gateway: string;
  /** Bound of all retained messages together, bytes. */
  readonly maxBytes: number;
  /** Most unacknowledged messages on the way per slot; the rest waits here. */
  readonly windowMessages?: number;
  /** Without progress for so long, the unacknowledged are sent again. */
  readonly retransmitMs?: Millis;
}

type OfferEvent = Extract<RetentionEvent, { type: "offer" }>;

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
  readonly #slots = new Map<string, RetainedSlot>();
  /** Slots that wait for an answer: all that a tick looks at. */
  readonly #waiting = new Set<RetainedSlot>();

  constructor(options: RetentionOptions) {
    const { gateway, maxBytes, windowMessages, retransmitMs } = options;
    this.#maxBytes = checkedBytes(maxBytes);
    this.#context = {
      gateway,
      windowMessages: windowMessages ?? DEFAULT_WINDOW,
      retransmitMs: retransmitMs ?? DEFAULT_RETRANSMIT_MS,
      isLogged: false,
      bytes: 0,
      messages: 0,
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

  /** Slots known. */
  get size(): number {
    return this.#slots.size;
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

  #offer({ id, message, isLogged }: OfferEvent, nowMs: Millis, out: RetentionCommand[]): void {
    const held = this.#context.bytes;
    if (!isLogged && held + message.bytes > this.#maxBytes) {
      const text = `retention holds ${held} of ${this.#maxBytes} bytes, no room for a message of ${message.bytes} bytes`;
      out.push({ type: "rejected", id, message, error: new StitchError("BUFFER_FULL", text) });
      return;
    }
    const slot = this.#slot(id);
    slot.offer(message, nowMs, out);
    this.#watch(slot);
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
