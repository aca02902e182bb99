import type { SessionProfile } from "../../core/forecast/session-profile.ts";
import type { Millis } from "../../core/ports.ts";
import { MAX_SLOTS } from "../../core/record/envelope.ts";
import type { SlotId } from "../../core/record/slot-record.ts";
import type { OfferedMessage } from "../../core/stitch/protocol.ts";
import { SlotLoad } from "../../core/stitch/slot-load.ts";
import type { Epoch, HostId, Rate, SessionId, Share } from "../../core/units.ts";
import type { SessionView, StitchMark } from "./gateway-pool.ts";
import type { HostMeter } from "./host-roster.ts";
import type { SessionDirectory } from "./session-directory.ts";

/** One open slot of a gateway. */
export class GatewaySlot {
  readonly id: SlotId;
  readonly session: GatewaySession;
  readonly load: SlotLoad;
  epoch: Epoch = 0;
  owner: HostId | undefined;
  /** Its owner's, so that no message has to look it up. */
  meter: HostMeter | undefined;
  mark: StitchMark;
  /** A planned shift that was ordered, and when. */
  movingTo: { readonly host: HostId; readonly atMs: Millis } | undefined;
  isMirrored = false;
  /** Largest message that its minimal stream carries, bytes. */
  mirrorLimit = 0;
  /** Latest message, while the slot is mirrored: goes into the minimal stream. */
  recent: OfferedMessage | undefined;
  /** Bytes the minimal stream may spend, as of `mirroredAtMs`. */
  mirrorBytes = 0;
  mirroredAtMs: Millis | undefined;

  constructor(id: SlotId, session: GatewaySession, nowMs: Millis) {
    this.id = id;
    this.session = session;
    this.load = new SlotLoad(nowMs);
    this.mark = Object.freeze({ slot: id.slot, epoch: 0, owner: undefined, shares: session.shares });
  }
}

export class GatewaySession implements SessionView {
  readonly id: SessionId;
  /** K. */
  size: number;
  /** Slots that are open. */
  open = 0;
  /** By index; sparse. */
  readonly slots: (GatewaySlot | undefined)[];
  shares: Readonly<Record<HostId, Share>> = Object.freeze({});
  /** The latest prediction, at hand for each planning step. */
  profile: SessionProfile | undefined;

  constructor(id: SessionId, size: number) {
    this.id = id;
    this.size = size;
    // An empty array makes room for 17 with its first element, and most sessions have one slot.
    this.slots = Array.from({ length: size }, () => undefined);
  }

  /** A host that has slots of it; undefined: none has. */
  get owner(): HostId | undefined {
    return this.slots.find((slot) => slot?.owner !== undefined)?.owner;
  }

  rate(nowMs: Millis): Rate {
    let [messagesPerSec, bytesPerSec] = [0, 0];
    for (const slot of this.slots) {
      if (!slot) continue;
      const rate = slot.load.rate(nowMs);
      messagesPerSec += rate.messagesPerSec;
      bytesPerSec += rate.bytesPerSec;
    }
    return { messagesPerSec, bytesPerSec };
  }

  /** Each slot's mark anew: frozen, because messages of all flows share it. */
  mark(): void {
    const counts = new Map<HostId, number>();
    let owned = 0;
    for (const slot of this.slots) {
      if (slot?.owner === undefined) continue;
      counts.set(slot.owner, (counts.get(slot.owner) ?? 0) + 1);
      owned++;
    }
    const shares = Array.from(counts, ([host, count]) => [host, count / owned] as const);
    this.shares = Object.freeze(Object.fromEntries(shares));
    for (const slot of this.slots) {
      if (!slot) continue;
      const { id, epoch, owner } = slot;
      slot.mark = Object.freeze({ slot: id.slot, epoch, owner, shares: this.shares });
    }
  }
}

/** The slots that a gateway knows, by session: a message finds its slot without a key being made. */
export class SlotTable {
  readonly #maxSessions: number;
  readonly #directory: SessionDirectory;
  readonly #sessions = new Map<SessionId, GatewaySession>();
  #slots = 0;

  constructor(maxSessions: number, directory: SessionDirectory) {
    this.#maxSessions = maxSessions;
    this.#directory = directory;
  }

  /** Open slots. */
  get size(): number {
    return this.#slots;
  }

  sessions(): IterableIterator<GatewaySession> {
    return this.#sessions.values();
  }

  session(id: SessionId): GatewaySession | undefined {
    return this.#sessions.get(id);
  }

  find({ sessionId, slot }: SlotId): GatewaySlot | undefined {
    return this.#sessions.get(sessionId)?.slots[slot];
  }

  /** No room for one more session. */
  isFull(sessionId: SessionId): boolean {
    return this.#sessions.size >= this.#maxSessions && !this.#sessions.has(sessionId);
  }

  open({ sessionId, slot: index }: SlotId, slots: number, nowMs: Millis): GatewaySlot {
    if (!(Number.isInteger(index) && index >= 0 && index < MAX_SLOTS))
      throw new RangeError(`slot must be a whole number 0..${MAX_SLOTS - 1}, got ${index}`);
    let session = this.#sessions.get(sessionId);
    if (!session) {
      session = new GatewaySession(sessionId, slots);
      session.profile = this.#directory.find(sessionId)?.profile;
      this.#sessions.set(sessionId, session);
    }
    session.size = Math.max(slots, index + 1);
    const slot = new GatewaySlot({ sessionId, slot: index }, session, nowMs);
    if (!session.slots[index]) session.open++;
    session.slots[index] = slot;
    this.#slots++;
    return slot;
  }

  /** Takes over the session's latest profile from the directory. */
  profiled(id: SessionId): SessionProfile | undefined {
    const profile = this.#directory.find(id)?.profile;
    const session = this.#sessions.get(id);
    if (session) session.profile = profile;
    return profile;
  }

  assign(slot: GatewaySlot, owner: HostId | undefined, epoch: Epoch): void {
    slot.owner = owner;
    slot.epoch = epoch;
    slot.session.mark();
  }

  delete(slot: GatewaySlot): void {
    const { id, session } = slot;
    if (session.slots[id.slot] !== slot) return;
    session.slots[id.slot] = undefined;
    session.open--;
    this.#slots--;
    if (session.slots.every((other) => other === undefined)) this.#sessions.delete(id.sessionId);
    else session.mark();
  }

  *[Symbol.iterator](): IterableIterator<GatewaySlot> {
    for (const { slots } of this.#sessions.values()) for (const slot of slots) if (slot) yield slot;
  }

  /** Slots without a message since then, the longest silent first. */
  silentSince(atMs: Millis): GatewaySlot[] {
    const silent: GatewaySlot[] = [];
    for (const slot of this) if (slot.load.lastMs <= atMs) silent.push(slot);
    return silent.sort((a, b) => a.load.lastMs - b.load.lastMs);
  }
}
