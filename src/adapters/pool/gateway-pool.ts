import type { Millis } from "../../core/ports.ts";
import type { SlotId } from "../../core/record/slot-record.ts";
import type { StoreDriver } from "../../core/record/store-driver.ts";
import type { DrainOrder } from "../../core/route/drain-order.ts";
import type { HostFeedback, HostView } from "../../core/route/host-view.ts";
import type { LatencyMeter } from "../../core/route/latency-meter.ts";
import type { BufferKind } from "../../core/route/route-settings.ts";
import type { GatewayRole } from "../../core/stitch/lease.ts";
import type { PoolSettings } from "../../core/stitch/pool-settings.ts";
import type { OfferedMessage, PlanEvent } from "../../core/stitch/protocol.ts";
import type { ScaleAdvice } from "../../core/stitch/scale-advice.ts";
import type { Epoch, HostId, Rate, SessionId, Share, SlotIndex } from "../../core/units.ts";
import type { HostPool } from "./host-pool.ts";
import type { Operator } from "./operator.ts";
import type { SessionDirectory } from "./session-directory.ts";

/** `msg.stitch`: frozen and shared by all messages of a slot until its owner changes. */
export interface StitchMark {
  readonly slot: SlotIndex;
  /** 0: the slot is being opened, `owner` is where it is meant to go. */
  readonly epoch: Epoch;
  readonly owner: HostId | undefined;
  /** Each host's share of the session's slots; they sum to 1. */
  readonly shares: Readonly<Record<HostId, Share>>;
}

/** A session with open slots, as of now: the same object as long as it is open. */
export interface SessionView {
  readonly id: SessionId;
  readonly shares: Readonly<Record<HostId, Share>>;
  /** Of all its slots together. */
  rate(nowMs: Millis): Rate;
}

/** A host that mirrors some of a session's slots. */
export interface SessionMirror {
  readonly host: HostId;
  /** All that it mirrors are. */
  readonly warm: boolean;
  readonly slots: number;
}

/** A message that no host could be given. */
export interface Undeliverable {
  readonly id: SlotId;
  readonly message: OfferedMessage;
  readonly error: Error;
}

/** undefined: the message is taken over. */
export type Offered = Error | undefined;

/** The gateway's end of a pool: slots, their owners, the plan; shared by the pool's stitch and route nodes. */
export interface Gateway {
  /**
   * Counts one message of `bytes` and tells where its slot is; opens the slot at its first message.
   * The caller passes each message once: stitch, or route where no stitch was before it.
   */
  take(id: SlotId, slots: number, bytes: number): StitchMark;
  /**
   * Delivery by MQTT: takes the message over, or tells why not (BUFFER_FULL, LINK_DOWN, NO_HOST, LOG_FAILED).
   * A promise where it is kept on disk: it is taken over when it is there.
   */
  offer(id: SlotId, message: OfferedMessage): Offered | Promise<Offered>;
  feedback(feedback: HostFeedback): void;
  /** A wired route's outputs: the hosts of a pool that has no broker and lists none. */
  wire(hosts: readonly HostId[]): void;
  /**
   * Bound of all messages retained for delivery by MQTT, bytes; the largest that was asked for counts. They are kept
   * on disk where one route node asks for that. Throws StitchError `BAD_CONFIG` where there is no place for them.
   */
  setBuffer(bytes: number, kind?: BufferKind): void;
  /** Plans every step from now on, until the returned function is called; one stitch node per pool plans. */
  startPlanning(): () => void;
  /** A Session Profile of anybody's forecaster arrived in the directory. */
  profileChanged(id: SessionId): void;
  /** Moves a host's slots elsewhere and gives it no more, or lets it take slots again. Throws StitchError `NO_HOST`. */
  drain(order: DrainOrder): void;
  /** "standby": another gateway of the pool works; messages are not taken over, and nobody is told. */
  readonly role: GatewayRole;
  onRole(listener: (role: GatewayRole) => void): () => void;
  /** Another number of hosts is needed than was told last. */
  onScaleAdvice(listener: (advice: ScaleAdvice) => void): () => void;
  onPlanEvent(listener: (event: PlanEvent) => void): () => void;
  /** Taken over and given up later. */
  onUndeliverable(listener: (undeliverable: Undeliverable) => void): () => void;
  hosts(): readonly HostView[];
  /** All that was counted of a host's latency; undefined: nothing yet. */
  latency(host: HostId): LatencyMeter | undefined;
  /** Sessions with open slots. */
  sessions(): Iterable<SessionView>;
  session(id: SessionId): SessionView | undefined;
  mirrors(id: SessionId): readonly SessionMirror[];
  /** What people ask of it while it runs. */
  readonly operator: Operator;
  readonly status: GatewayStatus;
  close(): Promise<void>;
}

export interface GatewayStatus {
  readonly link: "wired" | "connecting" | "up" | "down";
  /** Another gateway of the pool works. */
  readonly isStandby?: boolean;
  /** Open slots. */
  readonly slots: number;
  /** Slots with a warm secondary. */
  readonly warm: number;
  /** Messages retained, and their bytes. */
  readonly retained: number;
  readonly retainedBytes: number;
  /** Slots whose host has no room for more; missing: none. */
  readonly halted?: number;
  /**
   * Messages that wait: for room in the buffer, because their session may lose none, or for the store to say whether
   * another gateway works.
   */
  readonly blocked?: number;
  /** So far: messages not taken over because the buffer was full, and taken over and dropped for more important ones. */
  readonly refused?: number;
  readonly dropped?: number;
  /** Why messages wait for the log on disk; missing: they don't. */
  readonly logFailure?: string;
  /** Latest decision, for people. */
  readonly reason?: string;
}

/** What a session-pool node offers as its property `pool`. */
export interface GatewayPool extends HostPool {
  readonly settings: PoolSettings;
  readonly sessions: SessionDirectory;
  /** Made at the first call, closed with the pool. Throws StitchError `BAD_CONFIG` with a broker but no store. */
  gateway(): Gateway;
  /** The pool's store, where what was learnt outlives a restart; undefined: none is chosen, or it is not set up. */
  driver?(): StoreDriver | undefined;
}
