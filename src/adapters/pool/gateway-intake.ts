import { StitchError } from "../../core/errors.ts";
import type { Clock, Millis } from "../../core/ports.ts";
import type { SlotId } from "../../core/record/slot-record.ts";
import type { StreamLink } from "../../core/record/stream-link.ts";
import { HEARTBEAT_MS } from "../../core/route/host-table.ts";
import type { Taking } from "../../core/stitch/lease.ts";
import type { MessageClass } from "../../core/stitch/message-class.ts";
import type { PoolSettings } from "../../core/stitch/pool-settings.ts";
import type { OfferedMessage } from "../../core/stitch/protocol.ts";
import type { SessionId } from "../../core/units.ts";
import type { GatewayBuffer } from "./gateway-buffer.ts";
import type { Offered, StitchMark } from "./gateway-pool.ts";
import type { HostRoster } from "./host-roster.ts";
import type { LinkedSlots } from "./linked-slots.ts";
import type { SessionDirectory } from "./session-directory.ts";
import type { GatewaySlot, SlotTable } from "./slot-table.ts";
import { UndecidedOffers } from "./undecided-offers.ts";

/** The first host that is heard would get every session: the others are heard within one heartbeat. */
const SETTLE_MS = HEARTBEAT_MS;
/** Without any host for so long nothing more is taken. */
const NO_HOST_MS = 10_000;
/** Messages may wait for the lease in this share of the buffer's bound, besides the buffer. */
const UNDECIDED_SHARE = 1 / 4;

export interface GatewayIntakeOptions {
  readonly settings: PoolSettings;
  readonly sessions: SessionDirectory;
  readonly link: StreamLink;
  readonly clock: Clock;
  readonly roster: HostRoster;
  readonly table: SlotTable;
  readonly slots: LinkedSlots;
  readonly buffer: GatewayBuffer;
  readonly taking: () => Taking;
}

/** What a linked gateway takes over, and what it refuses: no host, no room, or another gateway works. */
export class GatewayIntake {
  readonly #options: GatewayIntakeOptions;
  readonly #sinceMs: Millis;
  readonly #undecided: UndecidedOffers;
  #firstHeardMs: Millis | undefined;
  #isOpen = true;

  constructor(options: GatewayIntakeOptions) {
    this.#options = options;
    this.#sinceMs = options.clock.now();
    this.#undecided = new UndecidedOffers({
      taking: options.taking,
      take: (id, message) => this.#offer(id, message),
      maxBytes: () => options.buffer.maxBytes * UNDECIDED_SHARE,
    });
  }

  /** A host was heard. */
  heard(nowMs: Millis): void {
    this.#firstHeardMs ??= nowMs;
  }

  /** Nothing more is taken over. */
  close(): void {
    this.#isOpen = false;
    this.#undecided.close(this.#closedError);
  }

  get #closedError(): StitchError {
    return new StitchError("LINK_DOWN", `the link of pool ${this.#options.settings.name} is closed`);
  }

  /** Messages that wait until it is known whether this gateway works. */
  get undecided(): number {
    return this.#undecided.length;
  }

  tick(): void {
    this.#undecided.release();
  }

  /** Where a message goes; its slot is opened by its first one. */
  take(id: SlotId, slots: number, bytes: number): StitchMark {
    const nowMs = this.#options.clock.now();
    const slot = this.#options.table.find(id) ?? this.#open(id, slots, nowMs);
    if (!slot) return this.#unknown(id, nowMs);
    slot.load.take(bytes, nowMs);
    slot.meter?.load.take(bytes, nowMs);
    return slot.mark;
  }

  /** No room for the session: `offer` tells so. */
  #unknown({ sessionId, slot }: SlotId, nowMs: Millis): StitchMark {
    const owner = this.#options.roster.choose(sessionId, nowMs);
    return { slot, epoch: 0, owner, shares: owner === undefined ? {} : { [owner]: 1 } };
  }

  #open(id: SlotId, slots: number, nowMs: Millis): GatewaySlot | undefined {
    const mayOpen = this.#isOpen && this.#options.taking() === "yes";
    return mayOpen ? this.#options.slots.open(id, slots, this.isSettled(nowMs), nowMs) : undefined;
  }

  /** Hosts are known well enough to choose one. */
  isSettled(nowMs: Millis): boolean {
    // Slots are opened with what an earlier start had of them.
    if (!this.#options.buffer.isReady) return false;
    return this.#firstHeardMs !== undefined && nowMs - this.#firstHeardMs >= SETTLE_MS;
  }

  offer(id: SlotId, message: OfferedMessage): Offered | Promise<Offered> {
    return this.#undecided.offer(id, message);
  }

  #offer(id: SlotId, message: OfferedMessage): Offered | Promise<Offered> {
    const { clock, table, settings, buffer } = this.#options;
    const nowMs = clock.now();
    const slot = table.find(id) ?? this.#open(id, id.slot + 1, nowMs);
    const obstacle = this.#obstacle(nowMs);
    if (obstacle) return obstacle;
    if (!slot) {
      const most = settings.maxSessions;
      return new StitchError("BUFFER_FULL", `all ${most} sessions that the pool may know are in use`);
    }
    if (slot.isMirrored && message.bytes <= slot.mirrorLimit) slot.recent = message;
    return buffer.offer(slot.id, message, this.#classOf(id.sessionId));
  }

  #classOf(id: SessionId): MessageClass | undefined {
    const entry = this.#options.sessions.find(id);
    return entry?.profile?.qos ?? entry?.deviceProfile?.qos;
  }

  #obstacle(nowMs: Millis): Error | undefined {
    const { settings, link } = this.#options;
    const { name } = settings;
    if (!this.#isOpen || link.state === "closed") return this.#closedError;
    const isSilent = this.#firstHeardMs === undefined && nowMs - this.#sinceMs >= NO_HOST_MS;
    // No host can be heard without a broker: that is what is to be mended first.
    if (isSilent && link.state !== "up")
      return new StitchError(
        "LINK_DOWN",
        `the broker of pool ${name} was not reached in ${NO_HOST_MS / 1000} s`,
      );
    if (isSilent)
      return new StitchError("NO_HOST", `no host of pool ${name} was heard in ${NO_HOST_MS / 1000} s`);
    return undefined;
  }
}
