import { quote, StitchError } from "../errors.ts";
import type { Millis } from "../ports.ts";
import { type Envelope, type EnvelopeMeta, KIND } from "../record/envelope.ts";
import type { SlotId, SlotRecord } from "../record/slot-record.ts";
import type { Epoch, HostId, Seq } from "../units.ts";
import type { Numbering } from "./log-book.ts";
import type { MessageClass } from "./message-class.ts";
import type { OfferedMessage, RetainedStream, RetentionCommand } from "./protocol.ts";
import { RetainedQueue } from "./retained-queue.ts";

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

/** Who owns the slot from now on, and what is committed of it. */
export interface Assignment {
  readonly epoch: Epoch;
  readonly owner: HostId;
  readonly seq: Seq;
  readonly begun?: SlotRecord["begun"];
}

/** Waits between retransmissions double up to this many times the first: a dead host is not flooded. */
const MAX_BACKOFF = 8;

/** One slot's stream in the route: what is numbered, sent, held and acknowledged. */
export class RetainedSlot {
  readonly id: SlotId;
  epoch: Epoch = 0;
  /** undefined: never assigned, everything waits. */
  owner: HostId | undefined;
  /** Of its latest message. */
  messageClass: MessageClass | undefined;
  readonly #context: RetentionContext;
  readonly #queue = new RetainedQueue();
  /** Highest seq sent to the owner in this epoch. */
  #sent: Seq = 0;
  /** Highest that was. */
  #everSent: Seq = 0;
  /** While held nothing above the cut is sent. */
  #cut: Seq | undefined;
  /** A MARK waits for its acknowledgement: a hold's cut, or the wake-up of an owner that has nothing to be sent. */
  #mark: Seq | undefined;
  /** Last progress, or last send after silence. */
  #progressAtMs: Millis = 0;
  #backoff = 1;
  /** Its host has no room after this: nothing is sent until it asks, or has committed all that it took. */
  #fullAt: Seq | undefined;
  /** Numbers were given in `epoch`, by this route or by its predecessor. */
  #isNumbered = false;

  constructor(id: SlotId, context: RetentionContext) {
    this.id = id;
    this.#context = context;
  }

  get length(): number {
    return this.#queue.length;
  }

  /**
   * Retained, and never sent under a number that still counts: sent in this epoch it may be on its way yet, and what a
   * predecessor sent may be committed.
   */
  get unsent(): number {
    if (this.#isNumbered && this.owner === undefined) return 0;
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
    return this.isFull || this.#sent > this.#queue.acked || this.#mark !== undefined;
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
    return { id, epoch, acked: this.#queue.acked, messages: this.#queue.messages() };
  }

  /** Before anything was numbered here. */
  restore({ epoch, acked, messages }: RetainedStream): void {
    this.#queue.prepend(messages);
    this.#context.messages += messages.length;
    for (const message of messages) this.#context.bytes += this.#context.costOf(message);
    this.#isNumbered = epoch > 0;
    this.epoch = epoch;
    this.#queue.renumber(acked);
  }

  /** How the slot will be numbered once `assigned` has been taken in; undefined: as it is. */
  numberingAfter(assignment: Assignment): Numbering | undefined {
    const { acked, last } = this.#queue;
    if (this.#isOldNews(assignment)) return undefined;
    if (!this.#isNumbered || this.#isRecordAnew(assignment)) return { trims: 0, acked: assignment.seq };
    const through = Math.max(acked, Math.min(last, this.#ownedThrough(assignment)));
    return { trims: through - acked, acked: Math.max(through, assignment.seq) };
  }

  assigned(assignment: Assignment, nowMs: Millis, out: RetentionCommand[]): void {
    const { epoch, owner, seq } = assignment;
    if (this.#isOldNews(assignment)) return;
    if (this.#isRecordAnew(assignment)) this.#isNumbered = false;
    const isNew = epoch > this.epoch || this.owner === undefined;
    if (this.#isNumbered) this.#trim(this.#ownedThrough(assignment), out);
    // Numbers beyond that were given by another route: ours go on after them.
    if (!this.#isNumbered || seq > this.#queue.acked) this.#queue.renumber(seq);
    this.#isNumbered = true;
    this.#sent = Math.max(this.#sent, this.#queue.acked);
    if (isNew) {
      this.epoch = epoch;
      this.owner = owner;
      this.#cut = undefined;
      this.#everSent = this.#queue.acked;
      this.sendAgain(nowMs, out);
      // The same epoch again answers a refresh: what is on the way stays on the way.
    } else this.pump(nowMs, out);
  }

  #isOldNews({ epoch }: Assignment): boolean {
    return this.owner !== undefined && epoch < this.epoch;
  }

  /** The record that a predecessor numbered by was deleted: its numbers mean nothing in the one made since. */
  #isRecordAnew({ epoch }: Assignment): boolean {
    return this.owner === undefined && epoch <= this.epoch;
  }

  /** What was committed while this route numbered the slot. Not remembered: nothing more than was acknowledged. */
  #ownedThrough({ epoch, seq, begun }: Assignment): Seq {
    if (epoch === this.epoch || !begun) return seq;
    return begun.find(([next]) => next === this.epoch + 1)?.[1] ?? this.#queue.acked;
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

  hold(nowMs: Millis, out: RetentionCommand[]): void {
    if (this.owner === undefined || this.#cut !== undefined) return;
    this.#cut = this.#sent;
    this.#mark = this.#sent;
    if (this.#queue.acked >= this.#cut) this.#drained(out);
    else this.#sendMark(nowMs, out);
  }

  release(nowMs: Millis, out: RetentionCommand[]): void {
    this.#cut = undefined;
    this.#mark = undefined;
    this.pump(nowMs, out);
  }

  acked(seq: Seq, nowMs: Millis, out: RetentionCommand[]): void {
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
    if (!message) return;
    this.#everSent = Math.max(this.#everSent, seq);
    const { topic, props, atMs, payload } = message;
    const meta: EnvelopeMeta = {
      gateway: this.#context.gateway,
      low: this.#queue.acked + 1,
      atMs,
      ...(topic === undefined ? undefined : { topic }),
      ...(props === undefined ? undefined : { props }),
    };
    this.#send(KIND.DATA, seq, meta, payload, out);
  }

  #sendMark(nowMs: Millis, out: RetentionCommand[]): void {
    if (this.#mark === undefined) return;
    this.#progressAtMs = nowMs;
    const meta = { gateway: this.#context.gateway, low: this.#queue.acked + 1 };
    this.#send(KIND.MARK, this.#mark, meta, undefined, out);
  }

  #send(
    kind: Envelope["kind"],
    seq: Seq,
    meta: EnvelopeMeta,
    payload: unknown,
    out: RetentionCommand[],
  ): void {
    if (this.owner === undefined) return;
    const { sessionId, slot } = this.id;
    const envelope = { kind, sessionId, slot, epoch: this.epoch, seq, meta, payload };
    out.push({ type: "send", host: this.owner, envelope });
  }
}
