import type { Millis } from "../ports.ts";
import { type Envelope, type EnvelopeMeta, KIND } from "../record/envelope.ts";
import type { SlotId, StoredRecord } from "../record/slot-record.ts";
import { envelopeBytes } from "./intake.ts";
import { OwnedSlot } from "./owned-slot.ts";
import type { OwnerContext } from "./owner-context.ts";
import type { OwnershipCommand } from "./protocol.ts";

/** Waits before a record is read again, doubling. */
const READ_AGAIN_MS = 50;
const READ_AGAIN_MAX_MS = 2000;
/** Messages of an epoch that the store doesn't show yet are kept up to so many; R's window is no larger. */
const MAX_WAITING = 256;
/** Reads without finding the epoch that a message claims: then the claim is dropped. */
const MAX_CLAIM_READS = 8;

/** What a host knows of one slot: a replica of its record, and while that names this host, the owner's part. */
export class HostedSlot {
  readonly id: SlotId;
  /** Replica: the newest version seen. */
  stored: StoredRecord | undefined;
  /** Set exactly while that version names this host. */
  owned: OwnedSlot | undefined;
  isMirror = false;
  usedAtMs: Millis;
  readonly #context: OwnerContext;
  /** Messages of an epoch above the replica's: they wait for a read. */
  #waiting: Envelope[] = [];
  #waitingBytes = 0;
  /** A minimal-stream message that waits for a read. */
  #mirror: Envelope | undefined;
  #isReading = false;
  #readAtMs: Millis | undefined;
  #reads = 0;

  constructor({ sessionId, slot }: SlotId, context: OwnerContext, nowMs: Millis) {
    this.id = { sessionId, slot };
    this.#context = context;
    this.usedAtMs = nowMs;
  }

  get pending(): number {
    return (this.owned?.pending ?? 0) + this.#waiting.length;
  }

  stream(envelope: Envelope, nowMs: Millis, out: OwnershipCommand[]): void {
    this.usedAtMs = nowMs;
    if (envelope.kind === KIND.MIRROR) this.#takeMirror(envelope, nowMs, out);
    else if (envelope.kind === KIND.DATA || envelope.kind === KIND.MARK) this.#take(envelope, nowMs, out);
  }

  #take(envelope: Envelope, nowMs: Millis, out: OwnershipCommand[]): void {
    const known = this.stored?.record.epoch ?? 0;
    if (envelope.epoch > known) {
      this.#wait(envelope);
      this.read(nowMs, out);
    } else if (envelope.epoch === known && this.owned) this.owned.take(envelope, nowMs, out);
    // The owner or the epoch is another: the orchestrator behind that route has to look again.
    else this.#reply(envelope.meta.gateway, KIND.NACK, { reason: "epoch" }, out);
  }

  /** What there is no room for comes again. */
  #wait(envelope: Envelope): void {
    const bytes = envelopeBytes(envelope);
    if (this.#waiting.length >= MAX_WAITING || !this.#context.intake.take(bytes, this.#waitingBytes)) return;
    this.#waitingBytes += bytes;
    this.#waiting.push(envelope);
  }

  #waitNoMore(): readonly Envelope[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#context.intake.free(this.#waitingBytes);
    this.#waitingBytes = 0;
    return waiting;
  }

  /** It is forgotten here: nothing of it waits any more. */
  drop(): void {
    this.#waitNoMore();
    this.owned?.drop();
    this.owned = undefined;
  }

  #takeMirror(envelope: Envelope, nowMs: Millis, out: OwnershipCommand[]): void {
    this.isMirror = this.owned === undefined;
    this.#mirror = envelope;
    const { stored } = this;
    const { epoch, seq } = stored?.record ?? { epoch: 0, seq: 0 };
    const isBehind = !stored || epoch < envelope.epoch || (epoch === envelope.epoch && seq < envelope.seq);
    if (isBehind) this.read(nowMs, out);
    else this.#answerMirror(out);
  }

  #answerMirror(out: OwnershipCommand[]): void {
    if (!this.#mirror) return;
    const envelope = this.#mirror;
    this.#mirror = undefined;
    out.push({ type: "deliver-mirror", envelope, state: this.stored?.record.state });
    this.#reply(envelope.meta.gateway, KIND.ACK, { mirror: true }, out);
  }

  #reply(
    gateway: string | undefined,
    kind: Envelope["kind"],
    meta: EnvelopeMeta,
    out: OwnershipCommand[],
  ): void {
    if (gateway === undefined) return;
    const { epoch, seq } = this.stored?.record ?? { epoch: 0, seq: 0 };
    const answer = { ...this.id, kind, epoch, seq, meta: { ...meta, host: this.#context.host } };
    out.push({ type: "reply", gateway, envelope: { ...answer, payload: undefined } });
  }

  /** Asks for the record, one read at a time, not before the wait after a failed one is over. */
  read(nowMs: Millis, out: OwnershipCommand[]): void {
    if (this.#isReading || (this.#readAtMs !== undefined && this.#readAtMs > nowMs)) return;
    this.#isReading = true;
    this.#readAtMs = undefined;
    out.push({ type: "read", id: this.id });
  }

  readFailed(nowMs: Millis): void {
    this.#isReading = false;
    this.#readAtMs = nowMs + Math.min(READ_AGAIN_MAX_MS, READ_AGAIN_MS * 2 ** this.#reads);
    this.#reads++;
  }

  wasRead(stored: StoredRecord | undefined, nowMs: Millis, out: OwnershipCommand[]): void {
    this.#isReading = false;
    if (stored) this.see(stored, nowMs, out);
    const isUnsettled = this.owned?.write?.isUncertain === true;
    // No newer version, so the write of unknown fate did not land: again, on the same base.
    if (isUnsettled && stored?.revision === this.owned?.stored.revision) this.owned?.writeAgain(out);
    else if (isUnsettled) this.readFailed(nowMs);
    this.#answerMirror(out);
    if (this.#waiting.length > 0) this.#unclaimed(nowMs, out);
    else if (!isUnsettled) this.#reads = 0;
  }

  /** Messages wait for an epoch that the store doesn't show: it lags behind, or the peer made it up. */
  #unclaimed(nowMs: Millis, out: OwnershipCommand[]): void {
    if (this.#reads < MAX_CLAIM_READS) {
      this.readFailed(nowMs);
      return;
    }
    this.#context.unclaimed.add(this.#waitNoMore(), this.stored?.record.epoch ?? 0, nowMs, out);
    this.#reads = 0;
  }

  /** A version of the record, from whatever source. Rule 9: a lower epoch or revision is old news. */
  see(stored: StoredRecord, nowMs: Millis, out: OwnershipCommand[]): void {
    const known = this.stored;
    if (known && (stored.record.epoch < known.record.epoch || stored.revision <= known.revision)) return;
    const { owned } = this;
    if (owned?.write && owned.write.record.writeId === stored.record.writeId) {
      this.landed(owned, stored.revision, nowMs, out);
      return;
    }
    this.stored = stored;
    owned?.drop();
    this.owned = undefined;
    if (stored.record.owner === this.#context.host) this.#own(stored, owned, nowMs, out);
    for (const envelope of this.#waitNoMore())
      if (envelope.epoch <= stored.record.epoch) this.#take(envelope, nowMs, out);
      else this.#wait(envelope);
  }

  #own(stored: StoredRecord, before: OwnedSlot | undefined, nowMs: Millis, out: OwnershipCommand[]): void {
    const owned = new OwnedSlot(this.id, stored, this.#context);
    this.owned = owned;
    this.isMirror = false;
    owned.replies.gateway = this.#waiting[0]?.meta.gateway ?? before?.replies.gateway;
    // Acknowledged on arrival, the record is behind; the same route's numbers go on.
    if (this.#context.ack === "arrival" && before && before.replies.gateway === owned.replies.gateway)
      owned.continueFrom(before.next);
    owned.repeatOutbox(nowMs, out);
  }

  landed(owned: OwnedSlot, revision: number, nowMs: Millis, out: OwnershipCommand[]): void {
    owned.landed(revision, nowMs, out);
    this.stored = owned.stored;
  }

  /** Lost to a version that isn't known yet: nothing in memory counts. */
  depose(nowMs: Millis, out: OwnershipCommand[]): void {
    this.owned?.drop();
    this.owned = undefined;
    this.stored = undefined;
    this.read(nowMs, out);
  }

  tick(nowMs: Millis, out: OwnershipCommand[]): void {
    this.owned?.tick(nowMs, out);
    if (this.#readAtMs !== undefined && this.#readAtMs <= nowMs) this.read(nowMs, out);
  }

  isForgettable(idleMs: Millis, nowMs: Millis): boolean {
    if (nowMs - this.usedAtMs < idleMs || this.#isReading) return false;
    return this.owned?.isIdle ?? this.#waiting.length === 0;
  }
}
