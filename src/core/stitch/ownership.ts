import type { Millis } from "../ports.ts";
import { type Envelope, KIND } from "../record/envelope.ts";
import type { RecordWrite } from "../record/record-store.ts";
import type { SlotId, StoredRecord } from "../record/slot-record.ts";
import type { Epoch, HostId } from "../units.ts";
import { HostedSlot } from "./hosted-slot.ts";
import { Intake } from "./intake.ts";
import type { OwnedSlot } from "./owned-slot.ts";
import type { OwnerContext } from "./owner-context.ts";
import type { OwnershipCommand, OwnershipEvent } from "./protocol.ts";
import { slotKey } from "./slot-key.ts";
import { UnclaimedMessages } from "./unclaimed-messages.ts";

export interface OwnershipOptions {
  readonly host: HostId;
  /** Begins the ids of this host's writes; new with each start. */
  readonly incarnation: string;
  /** "arrival": acknowledged when handed to the flow, no record written per message (stateless flows). */
  readonly ack: "commit" | "arrival";
  /** The flow has to hand a message to `commit` within so long, else it is passed over. */
  readonly commitTimeoutMs: Millis;
  /** A Complete node confirms outputs; without, the outbox keeps the last group only. */
  readonly confirmable: boolean;
  /** Bound of a slot's outbox; above it nothing is delivered until outputs are confirmed. */
  readonly outboxBytes: number;
  /** Bound of all that was taken in and the flow has not handled yet, bytes. */
  readonly intakeBytes?: number;
  /** A slot without traffic for so long is forgotten here; its record stays. */
  readonly idleMs?: Millis;
}

/** What a host takes from a stream. */
const TAKEN: ReadonlySet<Envelope["kind"]> = new Set([KIND.DATA, KIND.MARK, KIND.MIRROR]);
const DEFAULT_INTAKE_BYTES = 64 * 1_048_576;
const DEFAULT_IDLE_MS = 600_000;
/** Ticks come far more often than this. */
const STILL_MS = 500;
/** How often idle slots are looked for. */
const SWEEP_MS = 10_000;

/**
 * Slots of which no record was found, or not yet: whoever may publish to the pool's topics can name any number of them.
 * Twice as many as a pool's sessions by default; of more, the oldest is forgotten, and a real one comes again.
 */
const MAX_STRANGERS = 20_000;

/** H of DESIGN.md section 6: takes slots' streams in order and commits state and outputs by compare-and-set. */
export class Ownership {
  readonly #context: OwnerContext;
  readonly #idleMs: Millis;
  readonly #slots = new Map<string, HostedSlot>();
  /** Keys of slots that were new, oldest first; what was taken over since is sorted out when there are too many. */
  readonly #strangers = new Set<string>();
  #sweepAtMs: Millis = 0;
  #tickedAtMs: Millis | undefined;

  constructor(options: OwnershipOptions) {
    const { host, incarnation, ack, commitTimeoutMs, confirmable, outboxBytes } = options;
    let writes = 0;
    const nextWriteId = (): string => `${incarnation}.${++writes}`;
    this.#context = {
      host,
      ack,
      commitTimeoutMs,
      confirmable,
      outboxBytes,
      nextWriteId,
      stoodStillMs: 0,
      unclaimed: new UnclaimedMessages(),
      intake: new Intake(options.intakeBytes ?? DEFAULT_INTAKE_BYTES),
    };
    this.#idleMs = options.idleMs ?? DEFAULT_IDLE_MS;
  }

  /** Told late: the commit node may be deployed after the receive node. */
  setConfirmation(confirmable: boolean, outboxBytes: number): void {
    this.#context.confirmable = confirmable;
    this.#context.outboxBytes = outboxBytes;
  }

  get ownedSlots(): number {
    return this.#count((slot) => (slot.owned ? 1 : 0));
  }

  /** Slots known, also those of which no record was found. */
  get slots(): number {
    return this.#slots.size;
  }

  get mirroredSlots(): number {
    return this.#count((slot) => (slot.isMirror && slot.stored && !slot.owned ? 1 : 0));
  }

  /** Messages received and not committed. */
  get pending(): number {
    return this.#count((slot) => slot.pending);
  }

  /** Bytes of what was taken in and the flow has not handled. */
  get intakeBytes(): number {
    return this.#context.intake.bytes;
  }

  /** Deliveries refused because there was no room for them. */
  get refused(): number {
    return this.#context.intake.refused;
  }

  /** Outputs committed and not confirmed, where something confirms. */
  get unconfirmed(): number {
    return this.#count((slot) => slot.owned?.unconfirmed ?? 0);
  }

  handle(event: OwnershipEvent, nowMs: Millis): OwnershipCommand[] {
    const out: OwnershipCommand[] = [];
    switch (event.type) {
      case "stream":
        if (TAKEN.has(event.envelope.kind))
          this.#slot(event.envelope, nowMs).stream(event.envelope, nowMs, out);
        break;
      case "processed":
        this.#ofEpoch(event.id, event.epoch)?.processed(event, nowMs, out);
        break;
      case "wrote":
        this.#wrote(event.id, event.writeId, event.result, nowMs, out);
        break;
      case "refused":
        this.#refused(event.id, event.writeId, event.error, nowMs, out);
        break;
      case "confirmed":
        this.#known(event.id)?.owned?.confirmed(event.seq, event.index, nowMs, out);
        break;
      case "record":
        this.#known(event.id)?.wasRead(event.stored, nowMs, out);
        break;
      case "read-failed":
        this.#known(event.id)?.readFailed(nowMs);
        break;
      case "changed":
        this.#changed(event.id, event.stored, nowMs, out);
        break;
      case "tick":
        this.#tick(nowMs, out);
        break;
      default:
        event satisfies never;
    }
    return out;
  }

  #count(of: (slot: HostedSlot) => number): number {
    let sum = 0;
    for (const slot of this.#slots.values()) sum += of(slot);
    return sum;
  }

  #known(id: SlotId): HostedSlot | undefined {
    return this.#slots.get(slotKey(id));
  }

  #slot(id: SlotId, nowMs: Millis): HostedSlot {
    const key = slotKey(id);
    let slot = this.#slots.get(key);
    if (!slot) {
      slot = new HostedSlot(id, this.#context, nowMs);
      this.#slots.set(key, slot);
      this.#strangers.add(key);
      if (this.#strangers.size > MAX_STRANGERS) this.#forgetStrangers();
    }
    return slot;
  }

  #forgetStrangers(): void {
    for (const key of this.#strangers) {
      if (this.#strangers.size <= MAX_STRANGERS) return;
      this.#strangers.delete(key);
      const slot = this.#slots.get(key);
      if (!slot || slot.stored) continue;
      slot.drop();
      this.#slots.delete(key);
    }
  }

  /** A deposed owner's flow may still hand over what it had; that belongs to nobody. */
  #ofEpoch(id: SlotId, epoch: Epoch): OwnedSlot | undefined {
    const owned = this.#known(id)?.owned;
    return owned?.epoch === epoch ? owned : undefined;
  }

  #changed(id: SlotId, stored: StoredRecord | undefined, nowMs: Millis, out: OwnershipCommand[]): void {
    if (!stored) return;
    const known = this.#known(id);
    // The feed tells of every slot of the pool; only a record that names this host begins an entry.
    if (!known && stored.record.owner !== this.#context.host) return;
    // This host's write in flight: its own answer is on the way.
    if (known?.owned?.write?.record.writeId === stored.record.writeId) return;
    (known ?? this.#slot(id, nowMs)).see(stored, nowMs, out);
  }

  #wrote(id: SlotId, writeId: string, result: RecordWrite, nowMs: Millis, out: OwnershipCommand[]): void {
    const slot = this.#known(id);
    const owned = slot?.owned;
    if (!slot || owned?.write?.record.writeId !== writeId) return;
    switch (result.outcome) {
      case "written":
        slot.landed(owned, result.revision, nowMs, out);
        break;
      case "conflict":
        if (result.stored) slot.see(result.stored, nowMs, out);
        if (slot.owned?.write?.record.writeId === writeId) slot.depose(nowMs, out);
        break;
      case "indeterminate":
        owned.write.isUncertain = true;
        slot.read(nowMs, out);
        break;
      default:
        result satisfies never;
    }
  }

  #refused(id: SlotId, writeId: string, error: Error, nowMs: Millis, out: OwnershipCommand[]): void {
    const slot = this.#known(id);
    const write = slot?.owned?.write;
    if (!slot || write?.record.writeId !== writeId || slot.owned?.refused(error, nowMs, out)) return;
    // Not even without this message's effect: try again later, as with a store that is away.
    write.isUncertain = true;
    slot.readFailed(nowMs);
  }

  #tick(nowMs: Millis, out: OwnershipCommand[]): void {
    const gapMs = nowMs - (this.#tickedAtMs ?? nowMs);
    this.#tickedAtMs = nowMs;
    // The whole process stood still (a suspended machine, SIGSTOP): the flow had no time either.
    this.#context.stoodStillMs = gapMs > STILL_MS ? gapMs : 0;
    this.#context.intake.complain(nowMs, out);
    const isSweep = nowMs >= this.#sweepAtMs;
    if (isSweep) this.#sweepAtMs = nowMs + SWEEP_MS;
    for (const [key, slot] of this.#slots) {
      slot.tick(nowMs, out);
      if (!isSweep || !slot.isForgettable(this.#idleMs, nowMs)) continue;
      slot.drop();
      this.#slots.delete(key);
      this.#strangers.delete(key);
    }
  }
}
