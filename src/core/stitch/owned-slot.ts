import { StitchError } from "../errors.ts";
import type { Millis } from "../ports.ts";
import { type Envelope, KIND } from "../record/envelope.ts";
import type { OutboxEntry, SlotId, SlotRecord, StoredRecord } from "../record/slot-record.ts";
import type { Epoch, Revision, Seq } from "../units.ts";
import { FlowResults } from "./flow-results.ts";
import { InHand } from "./in-hand.ts";
import type { OwnerContext } from "./owner-context.ts";
import { OwnerQueue } from "./owner-queue.ts";
import { OwnerReplies } from "./owner-replies.ts";
import { passedOver } from "./passed-over.ts";
import type { OwnershipCommand, ProcessedMessage } from "./protocol.ts";
import { SlotOutputs } from "./slot-outputs.ts";

/** A write, the outputs that it commits, and their size. */
interface OwnerWrite {
  readonly record: SlotRecord;
  readonly group: readonly OutboxEntry[];
  readonly bytes: number;
  isUncertain: boolean;
}

/**
 * A slot while this host owns it, from one record on. Everything in here is lost, and must be, when another
 * version of the record turns up: it is dropped whole and built again from what stands in the store.
 */
export class OwnedSlot {
  readonly id: SlotId;
  readonly epoch: Epoch;
  /** As last acknowledged by the store: the only base of the next compare-and-set. */
  stored: StoredRecord;
  /** The write in flight; uncertain: its fate has to be read. */
  write: OwnerWrite | undefined;
  readonly replies: OwnerReplies;
  readonly #context: OwnerContext;
  readonly #outputs: SlotOutputs;
  /** Next seq taken from the stream. */
  #next: Seq;
  readonly #queue: OwnerQueue;
  /** Messages from `#next` on were refused for want of room: they are asked for when there is. */
  #isRefusing = false;
  readonly #inHand = new InHand();
  readonly #results: FlowResults;
  #mark: Seq | undefined;
  /** Up to here messages are committed one by one, to find the one that the store refuses. */
  #singlyThrough: Seq = 0;

  constructor(id: SlotId, stored: StoredRecord, context: OwnerContext) {
    const { epoch, seq, state, outbox } = stored.record;
    this.id = id;
    this.epoch = epoch;
    this.stored = stored;
    this.replies = new OwnerReplies(id, epoch, context.host);
    this.#context = context;
    this.#queue = new OwnerQueue(context.intake);
    this.#outputs = new SlotOutputs(id, epoch, outbox, context);
    this.#next = seq + 1;
    this.#results = new FlowResults(seq, state);
  }

  /** Messages received and not committed. */
  get pending(): number {
    return this.#next - 1 - this.#committed;
  }

  /** Nothing is in here that the record does not hold. */
  get isIdle(): boolean {
    return this.pending === 0 && this.write === undefined && !this.#outputs.isTrimmed;
  }

  get #committed(): Seq {
    return this.#context.ack === "arrival" ? this.#results.processed : this.stored.record.seq;
  }

  /** Outputs committed and not confirmed. */
  get unconfirmed(): number {
    return this.#outputs.unconfirmed;
  }

  repeatOutbox(nowMs: Millis, out: OwnershipCommand[]): void {
    this.#outputs.repeat(nowMs, out);
  }

  /** Goes on where an earlier epoch of the same stream had arrived (acknowledged on arrival: the record is behind). */
  continueFrom(next: Seq): void {
    this.#next = Math.max(this.#next, next);
    this.#results.processed = this.#next - 1;
  }

  get next(): Seq {
    return this.#next;
  }

  take(envelope: Envelope, nowMs: Millis, out: OwnershipCommand[]): void {
    this.replies.gateway = envelope.meta.gateway ?? this.replies.gateway;
    if (envelope.kind === KIND.MARK) this.#takeMark(envelope.seq, nowMs, out);
    else this.#takeData(envelope, nowMs, out);
  }

  #takeData(envelope: Envelope, nowMs: Millis, out: OwnershipCommand[]): void {
    const { seq, meta } = envelope;
    if (this.#context.ack === "arrival" && meta.low !== undefined && meta.low > this.#next)
      this.continueFrom(Math.min(meta.low, seq));
    if (seq < this.#next) {
      if (seq <= this.#committed) this.#acknowledge(out);
    } else if (seq > this.#next) {
      // What follows a refused message is asked for with it.
      if (!this.#isRefusing) this.#missing(nowMs, out);
    } else if (this.#queue.push(envelope)) {
      this.#isRefusing = false;
      this.#next++;
      this.pump(nowMs, out);
    } else {
      this.#isRefusing = true;
      this.replies.full(this.#next, this.#committed, nowMs, out);
    }
  }

  /** Nothing of it counts any more: another version of the record stands. */
  drop(): void {
    this.#queue.clear();
    this.#queue.done();
  }

  #takeMark(cut: Seq, nowMs: Millis, out: OwnershipCommand[]): void {
    this.#mark = cut;
    if (this.#next <= cut && !this.#isRefusing) this.#missing(nowMs, out);
    this.#commit(nowMs, out);
    this.#answerMark(out);
  }

  #missing(nowMs: Millis, out: OwnershipCommand[]): void {
    this.replies.askFor(this.#next, this.#committed, nowMs, out);
  }

  /** Hands the next message to the flow, unless that has one. */
  pump(nowMs: Millis, out: OwnershipCommand[]): void {
    while (this.#mayDeliver()) {
      const envelope = this.#queue.shift();
      if (!envelope) return;
      const { id, epoch } = this;
      out.push({ type: "deliver", id, epoch, envelope, state: this.#results.state });
      if (this.#context.ack === "arrival") {
        this.#results.processed = envelope.seq;
        this.#queue.done();
        this.#acknowledge(out);
      } else this.#inHand.take(envelope, nowMs);
    }
  }

  #mayDeliver(): boolean {
    const { processed, bytes } = this.#results;
    if (this.#inHand.envelope || this.#queue.length === 0) return false;
    const isUncommitted = processed > this.stored.record.seq;
    if (isUncommitted && processed < this.#singlyThrough) return false;
    const held = bytes + (this.write?.bytes ?? 0) + this.#outputs.bytes;
    return held < this.#context.outboxBytes;
  }

  processed(message: ProcessedMessage, nowMs: Millis, out: OwnershipCommand[]): void {
    const entries = message.outputs.map((output, index) => ({ seq: message.seq, index, message: output }));
    if (this.#context.ack === "arrival") {
      this.#outputs.emit(entries, false, out);
      return;
    }
    // Late (passed over after the time-out), or handed over twice: it has had its effect.
    const { envelope, isVoid } = this.#inHand;
    if (!envelope || !this.#inHand.has(message.seq)) return;
    if (isVoid) {
      this.#putDown();
      this.pump(nowMs, out);
      return;
    }
    if (!message.keepState) this.#results.state = message.state;
    this.#results.emits(entries);
    this.#handedOver(envelope, nowMs, out);
  }

  #putDown(): void {
    this.#inHand.putDown();
    this.#queue.done();
  }

  #handedOver(envelope: Envelope, nowMs: Millis, out: OwnershipCommand[]): void {
    this.#putDown();
    this.#results.done(envelope);
    this.#commit(nowMs, out);
    this.pump(nowMs, out);
  }

  /** Writes everything processed so far, unless a write is in flight or the record says it all. */
  #commit(nowMs: Millis, out: OwnershipCommand[]): void {
    if (this.write) return;
    const isBehind = this.#results.processed > this.stored.record.seq && !this.#waitsForMark();
    if (!isBehind && !this.#outputs.trimIsDue(this.#mark !== undefined, nowMs)) return;
    const { group, bytes } = this.#results.takeGroup();
    const { begun } = this.stored.record;
    const record = {
      ...(begun && { begun }),
      epoch: this.epoch,
      owner: this.#context.host,
      seq: this.#results.processed,
      state: this.#results.state,
      outbox: this.#outputs.outboxWith(group),
      writeId: this.#context.nextWriteId(),
    };
    this.write = { record, group, bytes, isUncertain: false };
    this.writeAgain(out);
  }

  /** Acknowledged on arrival: the cursor is written only when the slot is about to move. */
  #waitsForMark(): boolean {
    return this.#context.ack === "arrival" && this.#mark === undefined;
  }

  writeAgain(out: OwnershipCommand[]): void {
    if (!this.write) return;
    this.write.isUncertain = false;
    out.push({ type: "write", id: this.id, record: this.write.record, expected: this.stored.revision });
  }

  /** The write in flight is durable: its outputs go, its messages are acknowledged. */
  landed(revision: Revision, nowMs: Millis, out: OwnershipCommand[]): void {
    if (!this.write) return;
    const { record, group } = this.write;
    this.stored = { record, revision };
    this.#results.committed(record.seq);
    this.write = undefined;
    this.#outputs.committed(group, nowMs, out);
    this.#acknowledge(out);
    this.#commit(nowMs, out);
    this.#answerMark(out);
    this.pump(nowMs, out);
  }

  /**
   * The store can't take the write in flight (too large, not plain data). Goes back to what is stored; of several
   * messages each is tried by itself, a single one is passed over. false: the record can't be written at all.
   */
  refused(error: Error, nowMs: Millis, out: OwnershipCommand[]): boolean {
    if (!this.write) return true;
    const { seq, state } = this.stored.record;
    const { seq: last, state: refusedState } = this.write.record;
    const latest = this.#results.latest?.seq === last ? this.#results.latest : undefined;
    const isPassingOver = refusedState === state && this.write.group.length === 0;
    if (isPassingOver) return false;
    this.write = undefined;
    this.#queue.clear();
    this.#singlyThrough = last;
    const processed = last === seq + 1 ? last : seq;
    this.#results.rollBack(processed, state);
    this.#next = processed + 1;
    this.#inHand.void();
    if (processed > seq) out.push(passedOver(this, last, latest, error));
    this.#missing(nowMs, out);
    this.#commit(nowMs, out);
    return true;
  }

  confirmed(seq: Seq, index: number, nowMs: Millis, out: OwnershipCommand[]): void {
    if (!this.#outputs.confirm(seq, index, nowMs, out)) return;
    this.#commit(nowMs, out);
    this.pump(nowMs, out);
  }

  tick(nowMs: Millis, out: OwnershipCommand[]): void {
    const { commitTimeoutMs, stoodStillMs } = this.#context;
    this.#inHand.standStill(stoodStillMs, nowMs);
    const { envelope, isVoid } = this.#inHand;
    if (envelope && this.#inHand.isLate(commitTimeoutMs, nowMs)) {
      const why = `did not reach a commit node within ${commitTimeoutMs} ms`;
      out.push(passedOver(this, envelope.seq, envelope, new StitchError("COMMIT_TIMEOUT", why)));
      if (isVoid) {
        this.#putDown();
        this.pump(nowMs, out);
      } else this.#handedOver(envelope, nowMs, out);
    }
    this.#askForRefused(nowMs, out);
    this.#outputs.tick(nowMs, out);
    this.#commit(nowMs, out);
  }

  #askForRefused(nowMs: Millis, out: OwnershipCommand[]): void {
    const { intake } = this.#context;
    if (!this.#isRefusing || !intake.hasRoom || !intake.slotHasRoom(this.#queue.bytes)) return;
    this.#isRefusing = false;
    this.#missing(nowMs, out);
  }

  #answerMark(out: OwnershipCommand[]): void {
    if (this.#mark === undefined || this.write || this.#committed < this.#mark) return;
    this.#mark = undefined;
    this.#acknowledge(out);
  }

  #acknowledge(out: OwnershipCommand[]): void {
    this.replies.acknowledge(this.#committed, out);
  }
}
