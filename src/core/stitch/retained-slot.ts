import { quote, StitchError } from "../errors.ts";
import type { Millis } from "../ports.ts";
import type { SlotId } from "../record/slot-record.ts";
import type { Epoch, HostId, Seq } from "../units.ts";
import type { Numbering } from "./log-book.ts";
import type { MessageClass } from "./message-class.ts";
import type { OfferedMessage, RetainedStream, RetentionCommand } from "./protocol.ts";
import { RetainedQueue } from "./retained-queue.ts";
import { Settling } from "./settling.ts";
import { dataEnvelope, markEnvelope, type StreamPosition } from "./stream-envelopes.ts";
import { type Assignment, StreamNumbering } from "./stream-numbering.ts";

/** What all slots of one route share. */
export interface RetentionContext {
  readonly gateway: string;
  readonly windowMessages: number;
  readonly retransmitMs: Millis;
  /** What is trimmed here is trimmed in a log too. */
  isLogged: boolean;
  /** Retained over all slots. */
  bytes: number;
  messages: number;
  /** Given up over all slots for more important ones. */
  dropped: number;
  /** What a message counts with in the bound. */
  costOf(message: OfferedMessage | undefined): number;
}

/** Waits between retransmissions double up to this many times the first: a dead host is not flooded. */
const MAX_BACKOFF = 8;

/** One slot's stream in the route: what is numbered, sent, held and acknowledged. */
export class RetainedSlot {
  readonly id: SlotId;
  /** Of its latest message. */
  messageClass: MessageClass | undefined;
  readonly #context: RetentionContext;
  readonly #queue = new RetainedQueue();
  readonly #numbering = new StreamNumbering();
  /** Highest seq sent to the owner in this epoch. */
  #sent: Seq = 0;
  /** Highest that was. */
  #everSent: Seq = 0;
  /** While held nothing above the cut is sent. */
  #cut: Seq | undefined;
  /** A hold was ordered, and waits for the owner to keep up. */
  #settling: Settling | undefined;
  /** A MARK waits for its acknowledgement: a hold's cut, or the wake-up of an owner that has nothing to be sent. */
  #mark: Seq | undefined;
  /** Last progress, or last send after silence. */
  #progressAtMs: Millis = 0;
  #backoff = 1;
  /** Its host has no room after this: nothing is sent until it asks, or has committed all that it took. */
  #fullAt: Seq | undefined;

  constructor(id: SlotId, context: RetentionContext) {
    this.id = id;
    this.#context = context;
  }

  get epoch(): Epoch {
    return this.#numbering.epoch;
  }

  /** undefined: never assigned, everything waits. */
  get owner(): HostId | undefined {
    return this.#numbering.owner;
  }

  get length(): number {
    return this.#queue.length;
  }

  /**
   * Retained, and never sent under a number that still counts: sent in this epoch it may be on its way yet, and what a
   * predecessor sent may be committed.
   */
  get unsent(): number {
    if (this.#numbering.isBegun && this.owner === undefined) return 0;
    return this.#queue.last - Math.max(this.#everSent, this.#queue.acked);
  }

  /** Drops what was not sent until `bytes` are free, the oldest first; returns the bytes that are. */
  dropUnsent(bytes: number, out: RetentionCommand[]): number {
    const { unsent } = this;
    const from = this.#queue.last - unsent;
    let [count, freed] = [0, 0];
    for (; freed < bytes && count < unsent; count++)
      freed += this.#context.costOf(this.#queue.at(from + count + 1));
    const messages = this.#queue.removeAfter(from, count);
    this.#context.bytes -= freed;
    this.#context.messages -= count;
    this.#context.dropped += count;
    const text = `dropped for more important messages: the buffer is full, and session ${quote(this.id.sessionId)} may lose some`;
    out.push({ type: "dropped", id: this.id, messages, error: new StitchError("BUFFER_FULL", text) });
    return freed;
  }

  /** An answer of the owner is due. */
  get isWaiting(): boolean {
    return this.isFull || this.#sent > this.#queue.acked || this.#mark !== undefined || !!this.#settling;
  }

  offer(message: OfferedMessage, nowMs: Millis, out: RetentionCommand[]): void {
    this.#queue.push(message);
    this.#context.bytes += this.#context.costOf(message);
    this.#context.messages++;
    this.pump(nowMs, out);
  }

  /** The slot as it is retained, for whoever goes on with it. */
  get stream(): RetainedStream {
    const { id, epoch } = this;
    const { acked } = this.#queue;
    const sent = Math.max(0, this.#numbering.sentThrough - acked);
    return { id, epoch, acked, messages: this.#queue.messages(), ...(Number.isFinite(sent) && { sent }) };
  }

  /** Before anything was numbered here. */
  restore({ epoch, acked, messages, sent = messages.length }: RetainedStream): void {
    this.#queue.prepend(messages);
    this.#context.messages += messages.length;
    for (const message of messages) this.#context.bytes += this.#context.costOf(message);
    this.#numbering.isBegun = epoch > 0;
    this.#numbering.epoch = epoch;
    this.#numbering.sentThrough = acked + sent;
    this.#queue.renumber(acked);
  }

  /** How the slot will be numbered once `assigned` has been taken in; undefined: as it is. */
  numberingAfter(assignment: Assignment): Numbering | undefined {
    return this.#numbering.after(assignment, this.#queue);
  }

  assigned(assignment: Assignment, nowMs: Millis, out: RetentionCommand[]): void {
    const numbering = this.#numbering;
    const { epoch, owner, seq } = assignment;
    if (numbering.isOldNews(assignment)) return;
    if (numbering.isRecordAnew(assignment)) numbering.isBegun = false;
    const isNew = epoch > this.epoch || this.owner === undefined;
    if (numbering.isBegun) this.#trim(numbering.ownedThrough(assignment, this.#queue.acked), out);
    // Numbers beyond that were given by another route: ours go on after them.
    if (!numbering.isBegun || seq > this.#queue.acked) this.#queue.renumber(seq);
    Object.assign(numbering, { isBegun: true, sentThrough: Number.POSITIVE_INFINITY });
    this.#sent = Math.max(this.#sent, this.#queue.acked);
    if (isNew) {
      Object.assign(numbering, { epoch, owner });
      this.#cut = undefined;
      this.#settling = undefined;
      this.#everSent = this.#queue.acked;
      this.sendAgain(nowMs, out);
      // The same epoch again answers a refresh: what is on the way stays on the way.
    } else this.pump(nowMs, out);
  }

  /** Everything retained, from the lowest; with nothing retained a MARK, so that the owner re-emits its outbox. */
  sendAgain(nowMs: Millis, out: RetentionCommand[]): void {
    this.#fullAt = undefined;
    this.#sent = this.#queue.acked;
    this.#backoff = 1;
    this.#mark = this.#cut;
    if (this.#queue.length === 0) this.#mark ??= this.#queue.acked;
    this.pump(nowMs, out);
    this.#sendMark(nowMs, out);
  }

  /** As soon as the owner keeps up: told by `held`. */
  hold(nowMs: Millis, out: RetentionCommand[]): void {
    if (this.owner === undefined || this.#cut !== undefined || this.#settling) return;
    this.#settling = new Settling(this.#sent, nowMs);
    this.#settle(nowMs, out);
  }

  #settle(nowMs: Millis, out: RetentionCommand[]): void {
    const { acked } = this.#queue;
    if (!this.#settling?.isOver(acked, this.#sent, nowMs)) return;
    this.#settling = undefined;
    this.#cut = this.#sent;
    this.#mark = this.#sent;
    out.push({ type: "held", id: this.id });
    if (acked >= this.#cut) this.#drained(out);
    else this.#sendMark(nowMs, out);
  }

  release(nowMs: Millis, out: RetentionCommand[]): void {
    this.#cut = undefined;
    this.#mark = undefined;
    this.#settling = undefined;
    this.pump(nowMs, out);
  }

  /** What was never sent in this epoch can't be done, whatever a host says. */
  acked(told: Seq, nowMs: Millis, out: RetentionCommand[]): void {
    const seq = Math.min(told, Math.max(this.#everSent, this.#queue.acked));
    if (seq > this.#queue.acked) {
      const oldest = this.#queue.at(this.#queue.acked + 1);
      if (oldest && this.owner !== undefined)
        out.push({ type: "committed", host: this.owner, atMs: oldest.atMs });
      this.#trim(seq, out);
      this.#sent = Math.max(this.#sent, this.#queue.acked);
      this.#progressAtMs = nowMs;
      this.#backoff = 1;
      if (this.#fullAt !== undefined && seq >= this.#fullAt) this.#fullAt = undefined;
    }
    if (this.#mark !== undefined && seq >= this.#mark) {
      if (this.#cut === undefined) this.#mark = undefined;
      else this.#drained(out);
    }
    this.#settle(nowMs, out);
    this.pump(nowMs, out);
  }

  /** The owner misses `expected`: go on from there, also with what is below a hold's cut. */
  missing(expected: Seq, nowMs: Millis, out: RetentionCommand[]): void {
    this.#fullAt = undefined;
    this.#sent = Math.max(this.#queue.acked, Math.min(this.#sent, expected - 1));
    this.pump(nowMs, out);
    this.#sendMark(nowMs, out);
  }

  /** The owner has no room for `expected` and what follows: it asks when it has. */
  full(expected: Seq, nowMs: Millis): void {
    this.#sent = Math.max(this.#queue.acked, Math.min(this.#sent, expected - 1));
    this.#fullAt = this.#sent;
    this.#progressAtMs = nowMs;
  }

  get isFull(): boolean {
    return this.#fullAt !== undefined;
  }

  tick(nowMs: Millis, out: RetentionCommand[]): void {
    this.#settle(nowMs, out);
    if (nowMs - this.#progressAtMs < this.#context.retransmitMs * this.#backoff) return;
    this.#backoff = Math.min(MAX_BACKOFF, this.#backoff * 2);
    this.#progressAtMs = nowMs;
    // One message asks; its acknowledgement opens the window again. A host that is only slow gets one repeat.
    if (this.isFull) this.#sendData(this.#queue.acked + 1, out);
    else if (this.#sent > this.#queue.acked) {
      this.#sent = this.#queue.acked + 1;
      this.#sendData(this.#sent, out);
    }
    this.#sendMark(nowMs, out);
  }

  /** Sends what the window and a hold allow. */
  pump(nowMs: Millis, out: RetentionCommand[]): void {
    if (this.owner === undefined || this.isFull) return;
    const { acked, last } = this.#queue;
    const end = Math.min(this.#cut ?? last, acked + this.#context.windowMessages);
    if (this.#sent === acked) this.#progressAtMs = nowMs;
    // A message wakes its owner as well as a MARK does.
    if (this.#sent < end && this.#cut === undefined) this.#mark = undefined;
    while (this.#sent < end) this.#sendData(++this.#sent, out);
  }

  #drained(out: RetentionCommand[]): void {
    this.#mark = undefined;
    out.push({ type: "drained", id: this.id, epoch: this.epoch, seq: this.#queue.acked });
  }

  #trim(seq: Seq, out: RetentionCommand[]): void {
    const count = Math.min(seq, this.#queue.last) - this.#queue.acked;
    if (count <= 0) return;
    for (let i = 1; i <= count; i++)
      this.#context.bytes -= this.#context.costOf(this.#queue.at(this.#queue.acked + i));
    this.#queue.trim(seq);
    this.#context.messages -= count;
    if (this.#context.isLogged) out.push({ type: "trimmed", id: this.id, count });
  }

  #sendData(seq: Seq, out: RetentionCommand[]): void {
    const message = this.#queue.at(seq);
    if (!message || this.owner === undefined) return;
    this.#everSent = Math.max(this.#everSent, seq);
    out.push({ type: "send", host: this.owner, envelope: dataEnvelope(this.#at(seq), message) });
  }

  #sendMark(nowMs: Millis, out: RetentionCommand[]): void {
    if (this.#mark === undefined) return;
    this.#progressAtMs = nowMs;
    if (this.owner !== undefined)
      out.push({ type: "send", host: this.owner, envelope: markEnvelope(this.#at(this.#mark)) });
  }

  #at(seq: Seq): StreamPosition {
    const { id, epoch } = this;
    return { id, epoch, seq, gateway: this.#context.gateway, low: this.#queue.acked + 1 };
  }
}
