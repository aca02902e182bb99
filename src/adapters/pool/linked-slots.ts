import type { Clock, Millis } from "../../core/ports.ts";
import type { RecordStore } from "../../core/record/record-store.ts";
import type { SlotId } from "../../core/record/slot-record.ts";
import type { StreamLink } from "../../core/record/stream-link.ts";
import type { SlotView } from "../../core/stitch/orchestrator.ts";
import type { Plan, PlannedSlot } from "../../core/stitch/planner/plan-types.ts";
import type { PoolSettings } from "../../core/stitch/pool-settings.ts";
import type { PlanEvent, ShiftOrder } from "../../core/stitch/protocol.ts";
import type { HostId, SessionId } from "../../core/units.ts";
import type { SessionMirror, Undeliverable } from "./gateway-pool.ts";
import type { HostRoster } from "./host-roster.ts";
import { MIRROR_SAVED_SEC, mirrorAllowance } from "./mirror-allowance.ts";
import type { PlanNews } from "./plan-news.ts";
import type { GatewaySlot, SlotTable } from "./slot-table.ts";
import { type Assign, StitchEngine } from "./stitch-engine.ts";

export interface LinkedSlotsOptions {
  readonly gateway: string;
  readonly maxBytes: number;
  readonly settings: PoolSettings;
  readonly link: StreamLink;
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly roster: HostRoster;
  readonly table: SlotTable;
  readonly news: PlanNews;
  readonly onGivenUp: (undeliverable: Undeliverable) => void;
  readonly onError: (error: Error) => void;
}

/** A slot without a message for so long is closed; its record stays. */
const IDLE_MS = 600_000;
/** Where all sessions are in use, this share of the slots, the longest silent, is asked to make room. */
const ROOM = 1 / 16;
/** Where fewer than half of those could be closed. */
const ROOM_AGAIN_MS = 100;
/** An ordered shift is done or given up by then (Orchestrator: 10 s to get warm, 2 s to drain). */
const SHIFT_MS = 15_000;
/** Warm slots are counted at most so often. */
const COUNT_MS = 1000;

/** The slots of a linked gateway: opened, followed and closed as the hand-over protocol says. */
export class LinkedSlots {
  readonly engine: StitchEngine;
  readonly #options: LinkedSlotsOptions;
  /** Slots that wait for a first host. */
  readonly #unopened = new Set<GatewaySlot>();
  #roomAtMs: Millis = 0;
  #warm = 0;
  #countedAtMs: Millis = Number.NEGATIVE_INFINITY;

  constructor(options: LinkedSlotsOptions) {
    const { gateway, maxBytes, link, records, clock, roster, table, settings, onGivenUp, onError } = options;
    this.#options = options;
    this.engine = new StitchEngine({
      gateway,
      maxBytes,
      link,
      records,
      clock,
      onError,
      chooseHost: ({ sessionId }) => roster.choose(sessionId, clock.now()),
      onAssign: (assign) => this.#assigned(assign),
      onEvent: (event) => this.#happened(event),
      onGivenUp,
      onClosed: (id) => this.#closed(id),
      onLatency: (host, latencyMs) => roster.observe(host, latencyMs, clock.now()),
      mirrored: (id) => mirrorAllowance(table.find(id), settings.minimalRateBps, clock.now()),
    });
  }

  /** undefined: all sessions that may be known are in use. `mayAssign`: hosts are known well enough to choose one. */
  open(id: SlotId, slots: number, mayAssign: boolean, nowMs: Millis): GatewaySlot | undefined {
    const { table } = this.#options;
    if (table.isFull(id.sessionId)) this.#makeRoom(nowMs);
    if (table.isFull(id.sessionId)) return undefined;
    const slot = table.open(id, slots, nowMs);
    if (!mayAssign || !this.#openAt(slot, nowMs)) this.#unopened.add(slot);
    return slot;
  }

  /** A slot of which messages were taken over before this gateway was made: whether or not there is room. */
  reopen(id: SlotId, nowMs: Millis): void {
    const { table } = this.#options;
    if (!table.find(id)) this.#unopened.add(table.open(id, id.slot + 1, nowMs));
  }

  #openAt(slot: GatewaySlot, nowMs: Millis): boolean {
    const { id, session } = slot;
    const first = this.#options.roster.chooseBeside(session.owner, id.sessionId, nowMs);
    if (first === undefined) return false;
    this.#count(slot, first);
    this.#options.table.assign(slot, first, 0);
    this.engine.orchestrate({ type: "open", id, first });
    return true;
  }

  /** Those that waited for a host. */
  openWaiting(nowMs: Millis): void {
    for (const slot of this.#unopened) if (this.#openAt(slot, nowMs)) this.#unopened.delete(slot);
  }

  #count(slot: GatewaySlot, owner: HostId): void {
    if (slot.meter) slot.meter.slots--;
    slot.meter = this.#options.roster.meter(owner, this.#options.clock.now());
    slot.meter.slots++;
  }

  /** All slots are looked through: at most so often where little room was found, whatever floods the gateway. */
  #makeRoom(nowMs: Millis): void {
    if (nowMs < this.#roomAtMs) return;
    const { table } = this.#options;
    const before = table.size;
    const silent = table.silentSince(Number.POSITIVE_INFINITY);
    for (const slot of silent.slice(0, Math.ceil(silent.length * ROOM))) this.#askToClose(slot);
    if (before - table.size < (before * ROOM) / 2) this.#roomAtMs = nowMs + ROOM_AGAIN_MS;
  }

  closeIdle(nowMs: Millis): void {
    for (const slot of this.#options.table.silentSince(nowMs - IDLE_MS)) this.#askToClose(slot);
  }

  /** Another gateway works: each slot is left to it when nothing of it is retained here. */
  closeAll(): void {
    for (const slot of this.#options.table.silentSince(Number.POSITIVE_INFINITY)) this.#askToClose(slot);
  }

  /** Closes the slot unless something of it is under way. */
  #askToClose(slot: GatewaySlot): void {
    const { id } = slot;
    if (this.engine.retention.retained(id) > 0) return;
    if (this.#unopened.delete(slot)) {
      this.#options.table.delete(slot);
      return;
    }
    if (slot.isMirrored) this.engine.orchestrate({ type: "retire", id, reason: "the slot is idle" });
    this.engine.orchestrate({ type: "close", id });
  }

  #assigned({ id, epoch, owner }: Assign): void {
    const slot = this.#options.table.find(id);
    if (!slot || (slot.epoch === epoch && slot.owner === owner)) return;
    this.#count(slot, owner);
    this.#options.table.assign(slot, owner, epoch);
  }

  #happened(event: PlanEvent): void {
    const slot = this.#options.table.find(event);
    if (slot) this.#follow(slot, event);
    this.#options.news.tell(event);
  }

  #follow(slot: GatewaySlot, { kind, atMs }: PlanEvent): void {
    if (kind === "opened" || kind === "warm" || kind === "shifting") return;
    if (kind !== "mirrored" && kind !== "retired") slot.movingTo = undefined;
    slot.isMirrored = (this.engine.orchestrator.slot(slot.id, atMs)?.secondaries.length ?? 0) > 0;
    const saved = this.#options.settings.minimalRateBps * MIRROR_SAVED_SEC;
    slot.mirrorLimit = slot.isMirrored ? saved : 0;
    if (!slot.isMirrored) slot.recent = undefined;
  }

  #closed(id: SlotId): void {
    const slot = this.#options.table.find(id);
    if (!slot) return;
    if (slot.meter) slot.meter.slots--;
    this.#options.table.delete(slot);
  }

  planned(nowMs: Millis): PlannedSlot[] {
    const planned: PlannedSlot[] = [];
    for (const view of this.engine.orchestrator.slots(nowMs)) {
      const slot = this.#options.table.find(view.id);
      if (slot && view.owner !== undefined) planned.push(toPlanned(slot, view.owner, view, nowMs));
    }
    return planned;
  }

  shift(order: ShiftOrder, nowMs: Millis): void {
    const slot = this.#options.table.find(order.id);
    // Before the order: an answer to it may come at once.
    if (slot) slot.movingTo = { host: order.to, atMs: nowMs };
    this.engine.orchestrate({ type: "shift", order });
  }

  apply({ mirrors, shifts, retires }: Plan, nowMs: Millis): void {
    for (const order of shifts) this.shift(order, nowMs);
    for (const order of mirrors) this.engine.orchestrate({ type: "mirror", order });
    for (const { id, reason } of retires) this.engine.orchestrate({ type: "retire", id, reason });
  }

  mirrors(id: SessionId, nowMs: Millis): SessionMirror[] {
    const mirrors = new Map<HostId, { host: HostId; warm: boolean; slots: number }>();
    for (const slot of this.#options.table.session(id)?.slots ?? []) {
      if (!slot?.isMirrored) continue;
      for (const { host, warm } of this.engine.orchestrator.slot(slot.id, nowMs)?.secondaries ?? []) {
        const known = mirrors.get(host);
        mirrors.set(host, { host, warm: warm && (known?.warm ?? true), slots: (known?.slots ?? 0) + 1 });
      }
    }
    return [...mirrors.values()];
  }

  warm(nowMs: Millis): number {
    if (nowMs - this.#countedAtMs < COUNT_MS) return this.#warm;
    this.#countedAtMs = nowMs;
    this.#warm = 0;
    for (const { id, isMirrored } of this.#options.table)
      if (isMirrored && this.engine.orchestrator.slot(id, nowMs)?.secondaries.some(({ warm }) => warm))
        this.#warm++;
    return this.#warm;
  }
}

function toPlanned(slot: GatewaySlot, owner: HostId, view: SlotView, nowMs: Millis): PlannedSlot {
  const { id, load, session, movingTo } = slot;
  const isMoving = movingTo !== undefined && nowMs - movingTo.atMs < SHIFT_MS;
  return {
    id,
    owner,
    load: load.rate(nowMs),
    profile: session.profile,
    sessionSlots: session.open,
    secondaries: view.secondaries.map(({ host }) => host),
    isBusy: view.state === "opening" || view.state === "failover" || view.state === "shifting",
    ...(isMoving ? { movingTo: movingTo.host } : undefined),
  };
}
