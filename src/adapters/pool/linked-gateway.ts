import { StitchError } from "../../core/errors.ts";
import type { Clock, Millis, Random } from "../../core/ports.ts";
import type { RecordStore } from "../../core/record/record-store.ts";
import type { SlotId } from "../../core/record/slot-record.ts";
import type { StreamLink } from "../../core/record/stream-link.ts";
import { HEARTBEAT_MS, type HostNews } from "../../core/route/host-table.ts";
import type { HostFeedback, HostView } from "../../core/route/host-view.ts";
import type { SlotView } from "../../core/stitch/orchestrator.ts";
import type { Plan, PlannedSlot } from "../../core/stitch/planner/plan-types.ts";
import type { PoolSettings } from "../../core/stitch/pool-settings.ts";
import type { OfferedMessage, PlanEvent } from "../../core/stitch/protocol.ts";
import type { SessionId } from "../../core/units.ts";
import type { Gateway, GatewayStatus, StitchMark, Undeliverable } from "./gateway-pool.ts";
import type { GatewayOptions } from "./gateway-runtime.ts";
import { HostRoster } from "./host-roster.ts";
import { mirrorAllowance } from "./mirror-allowance.ts";
import { Listeners, PlanNews } from "./plan-news.ts";
import { Planning } from "./planning.ts";
import type { SessionDirectory } from "./session-directory.ts";
import { type GatewaySlot, SlotTable } from "./slot-table.ts";
import { type Assign, StitchEngine } from "./stitch-engine.ts";

const TICK_MS = 100;
const SWEEP_MS = 10_000;
/** A slot without a message for so long is closed; its record stays. */
const IDLE_MS = 600_000;
/** Where all sessions are in use, this share of the slots, the longest silent, is asked to make room. */
const ROOM = 1 / 16;
/** Until a route node says otherwise. */
const DEFAULT_BUFFER_BYTES = 16_777_216;
/** The first host that is heard would get every session: the others are heard within one heartbeat. */
const SETTLE_MS = HEARTBEAT_MS;
/** Without any host for so long nothing more is taken. */
const NO_HOST_MS = 10_000;
/** An ordered shift is done or given up by then (Orchestrator: 10 s to get warm, 2 s to drain). */
const SHIFT_MS = 15_000;
/** On a redeploy what is on the way may arrive. */
const CLOSE_MS = 2000;
const COUNT_MS = 1000;

/** Hosts behind a link: messages are retained until committed, slots move by the hand-over protocol. */
export class LinkedGateway implements Gateway {
  readonly #settings: PoolSettings;
  readonly #sessions: SessionDirectory;
  readonly #link: StreamLink;
  readonly #clock: Clock;
  readonly #onError: (error: Error) => void;
  readonly #roster: HostRoster;
  readonly #table: SlotTable;
  readonly #news: PlanNews;
  readonly #undeliverable: Listeners<Undeliverable>;
  readonly #engine: StitchEngine;
  readonly #planning: Planning;
  readonly #ends: (() => void)[] = [];
  /** Slots that wait for a first host. */
  readonly #unopened = new Set<GatewaySlot>();
  readonly #sinceMs: Millis;
  #firstHeardMs: Millis | undefined;
  #sweptAtMs: Millis;
  #bufferBytes = 0;
  #warm = 0;
  #countedAtMs: Millis = Number.NEGATIVE_INFINITY;
  #state: "open" | "closing" | "closed" = "open";

  constructor(options: GatewayOptions, link: StreamLink, records: RecordStore) {
    const { settings, sessions, clock, onError } = options;
    this.#settings = settings;
    this.#sessions = sessions;
    this.#link = link;
    this.#clock = clock;
    this.#onError = onError;
    this.#sinceMs = clock.now();
    this.#sweptAtMs = this.#sinceMs;
    const roster = new HostRoster(settings, true);
    const table = new SlotTable(settings.maxSessions);
    const news = new PlanNews(onError);
    this.#roster = roster;
    this.#table = table;
    this.#news = news;
    this.#undeliverable = new Listeners(onError);
    this.#engine = new StitchEngine({
      ...{ link, records, clock, onError, gateway: newId(options.random), maxBytes: DEFAULT_BUFFER_BYTES },
      chooseHost: ({ sessionId }) => roster.choose(sessionId, clock.now()),
      onAssign: (assign) => this.#assigned(assign),
      onEvent: (event) => this.#happened(event),
      onClosed: (id) => this.#closed(id),
      mirrored: (id) => mirrorAllowance(table.find(id), settings.minimalRateBps, clock.now()),
    });
    this.#planning = new Planning({
      ...{ settings, sessions, roster, table, news, clock, onError },
      slots: (nowMs) => this.#planned(nowMs),
      apply: (plan) => this.#apply(plan),
    });
    const timer = setInterval(() => this.#tick(), TICK_MS).unref();
    this.#ends.push(
      () => clearInterval(timer),
      link.onHosts((load) => {
        const nowMs = clock.now();
        this.#firstHeardMs ??= nowMs;
        this.#hostNews(roster.table.heartbeat(load, nowMs));
      }),
      link.onState((state) => {
        // What the broken link has lost is sent at once; hosts drop what they have.
        if (state === "up")
          for (const { host } of roster.table.standings())
            this.#engine.retain({ type: "host-restarted", host });
      }),
    );
  }

  take(id: SlotId, slots: number, bytes: number): StitchMark {
    const nowMs = this.#clock.now();
    const slot = this.#table.find(id) ?? this.#open(id, slots, nowMs);
    if (!slot) return this.#unknown(id, nowMs);
    slot.load.take(bytes, nowMs);
    slot.meter?.load.take(bytes, nowMs);
    return slot.mark;
  }

  /** No room for the session: `offer` tells so. */
  #unknown({ sessionId, slot }: SlotId, nowMs: Millis): StitchMark {
    const owner = this.#roster.choose(sessionId, nowMs);
    return { slot, epoch: 0, owner, shares: owner === undefined ? {} : { [owner]: 1 } };
  }

  #open(id: SlotId, slots: number, nowMs: Millis): GatewaySlot | undefined {
    if (this.#state !== "open") return undefined;
    if (this.#table.isFull(id.sessionId)) {
      this.#makeRoom();
      if (this.#table.isFull(id.sessionId)) return undefined;
    }
    const slot = this.#table.open(id, slots, nowMs);
    if (!this.#openAt(slot, nowMs)) this.#unopened.add(slot);
    return slot;
  }

  #openAt(slot: GatewaySlot, nowMs: Millis): boolean {
    if (this.#firstHeardMs === undefined || nowMs - this.#firstHeardMs < SETTLE_MS) return false;
    const first = this.#roster.choose(slot.id.sessionId, nowMs);
    if (first === undefined) return false;
    this.#count(slot, first, nowMs);
    this.#table.assign(slot, first, 0);
    this.#engine.orchestrate({ type: "open", id: slot.id, first });
    return true;
  }

  #count(slot: GatewaySlot, owner: string, nowMs: Millis): void {
    if (slot.meter) slot.meter.slots--;
    slot.meter = this.#roster.meter(owner, nowMs);
    slot.meter.slots++;
  }

  #makeRoom(): void {
    const silent = this.#table.silentSince(Number.POSITIVE_INFINITY);
    for (const slot of silent.slice(0, Math.ceil(silent.length * ROOM))) this.#askToClose(slot);
  }

  /** Closes the slot unless something of it is under way; a mirrored one can be closed once it is not. */
  #askToClose({ id, isMirrored }: GatewaySlot): void {
    if (this.#engine.retention.retained(id) > 0) return;
    if (isMirrored) this.#engine.orchestrate({ type: "retire", id, reason: "the slot is idle" });
    this.#engine.orchestrate({ type: "close", id });
  }

  offer(id: SlotId, message: OfferedMessage): Error | undefined {
    const nowMs = this.#clock.now();
    const slot = this.#table.find(id) ?? this.#open(id, id.slot + 1, nowMs);
    const obstacle = this.#obstacle(nowMs);
    if (obstacle) return obstacle;
    if (!slot) {
      const most = this.#settings.maxSessions;
      return new StitchError("BUFFER_FULL", `all ${most} sessions that the pool may know are in use`);
    }
    if (slot.isMirrored) slot.recent = message;
    return this.#engine.offer(slot.id, message);
  }

  #obstacle(nowMs: Millis): Error | undefined {
    const { name } = this.#settings;
    if (this.#state !== "open" || this.#link.state === "closed")
      return new StitchError("LINK_DOWN", `the link of pool ${name} is closed`);
    if (this.#firstHeardMs === undefined && nowMs - this.#sinceMs >= NO_HOST_MS)
      return new StitchError("NO_HOST", `no host of pool ${name} was heard in ${NO_HOST_MS / 1000} s`);
    return undefined;
  }

  /** Hosts behind a link are judged by their heartbeats. */
  feedback(feedback: HostFeedback): void {
    this.#hostNews(this.#roster.table.feedback(feedback, this.#clock.now()));
  }

  setBuffer(bytes: number): void {
    this.#bufferBytes = Math.max(this.#bufferBytes, bytes);
    this.#engine.retention.setMaxBytes(this.#bufferBytes);
  }

  #tick(): void {
    const nowMs = this.#clock.now();
    this.#hostNews(this.#roster.table.tick(nowMs, this.#link.state === "up"));
    for (const slot of this.#unopened) if (this.#openAt(slot, nowMs)) this.#unopened.delete(slot);
    this.#engine.tick();
    if (nowMs - this.#sweptAtMs < SWEEP_MS) return;
    this.#sweptAtMs = nowMs;
    for (const slot of this.#table.silentSince(nowMs - IDLE_MS)) this.#askToClose(slot);
  }

  #hostNews(news: readonly HostNews[]): void {
    if (news.length > 0) this.#roster.changed();
    for (const item of news) {
      if (item.type === "host-restarted") this.#engine.retain(item);
      else this.#engine.orchestrate(item);
    }
  }

  #assigned({ id, epoch, owner }: Assign): void {
    const slot = this.#table.find(id);
    if (!slot || (slot.epoch === epoch && slot.owner === owner)) return;
    this.#count(slot, owner, this.#clock.now());
    this.#table.assign(slot, owner, epoch);
  }

  #happened(event: PlanEvent): void {
    const slot = this.#table.find(event);
    if (slot) this.#follow(slot, event);
    this.#news.tell(event);
  }

  #follow(slot: GatewaySlot, { kind, atMs }: PlanEvent): void {
    if (kind === "opened" || kind === "warm" || kind === "shifting") return;
    if (kind !== "mirrored" && kind !== "retired") slot.movingTo = undefined;
    slot.isMirrored = (this.#engine.orchestrator.slot(slot.id, atMs)?.secondaries.length ?? 0) > 0;
    if (!slot.isMirrored) slot.recent = undefined;
  }

  #closed(id: SlotId): void {
    const slot = this.#table.find(id);
    if (!slot) return;
    if (slot.meter) slot.meter.slots--;
    this.#table.delete(slot);
  }

  startPlanning(): () => void {
    return this.#planning.start();
  }

  profileChanged(id: SessionId): void {
    this.#planning.profileChanged(this.#sessions.find(id)?.profile);
  }

  #planned(nowMs: Millis): PlannedSlot[] {
    const planned: PlannedSlot[] = [];
    for (const view of this.#engine.orchestrator.slots(nowMs)) {
      const slot = this.#table.find(view.id);
      if (slot && view.owner !== undefined) planned.push(toPlanned(slot, view.owner, view, nowMs));
    }
    return planned;
  }

  #apply({ mirrors, shifts, retires }: Plan): void {
    for (const order of shifts) {
      const slot = this.#table.find(order.id);
      // Before the order: an answer to it may come at once.
      if (slot) slot.movingTo = { host: order.to, atMs: this.#clock.now() };
      this.#engine.orchestrate({ type: "shift", order });
    }
    for (const order of mirrors) this.#engine.orchestrate({ type: "mirror", order });
    for (const { id, reason } of retires) this.#engine.orchestrate({ type: "retire", id, reason });
  }

  onPlanEvent(listener: (event: PlanEvent) => void): () => void {
    return this.#news.add(listener);
  }

  onUndeliverable(listener: (undeliverable: Undeliverable) => void): () => void {
    return this.#undeliverable.add(listener);
  }

  hosts(): readonly HostView[] {
    return this.#roster.views(this.#clock.now());
  }

  get status(): GatewayStatus {
    const { messages: retained, bytes: retainedBytes } = this.#engine.retention;
    const { state } = this.#link;
    const { reason } = this.#news;
    return {
      link: state === "closed" ? "down" : state,
      slots: this.#table.size,
      warm: this.#countWarm(),
      ...{ retained, retainedBytes },
      ...(reason === undefined ? undefined : { reason }),
    };
  }

  #countWarm(): number {
    const nowMs = this.#clock.now();
    if (nowMs - this.#countedAtMs < COUNT_MS) return this.#warm;
    this.#countedAtMs = nowMs;
    this.#warm = 0;
    for (const { id, isMirrored } of this.#table)
      if (isMirrored && this.#engine.orchestrator.slot(id, nowMs)?.secondaries.some(({ warm }) => warm))
        this.#warm++;
    return this.#warm;
  }

  /** Nothing more is taken; what was may still be acknowledged for a while. */
  async close(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#planning.stop();
    await this.#settled();
    this.#state = "closed";
    for (const end of this.#ends) end();
    this.#engine.close();
    this.#news.clear();
    this.#undeliverable.clear();
  }

  async #settled(): Promise<void> {
    const { retention } = this.#engine;
    const untilMs = this.#clock.now() + CLOSE_MS;
    while (retention.messages > 0 && this.#link.state === "up" && this.#clock.now() < untilMs)
      await new Promise((next) => setTimeout(next, TICK_MS / 4));
    if (retention.messages === 0) return;
    const text = `closed with ${retention.messages} messages that no host has acknowledged: they are lost`;
    this.#onError(new StitchError("LINK_DOWN", `pool ${this.#settings.name}: ${text}`));
  }
}

function toPlanned(slot: GatewaySlot, owner: string, view: SlotView, nowMs: Millis): PlannedSlot {
  const { id, load, session, movingTo } = slot;
  const isMoving = movingTo !== undefined && nowMs - movingTo.atMs < SHIFT_MS;
  return {
    id,
    owner,
    load: load.rate(nowMs),
    sessionSlots: session.size,
    secondaries: view.secondaries.map(({ host }) => host),
    isBusy: view.state === "opening" || view.state === "failover" || view.state === "shifting",
    ...(isMoving ? { movingTo: movingTo.host } : undefined),
  };
}

/** 128 bits: no other start of a gateway has the same. */
function newId(random: Random): string {
  const part = (): string =>
    Math.floor(random.next() * 4294967296)
      .toString(16)
      .padStart(8, "0");
  return `gw-${part()}${part()}${part()}${part()}`;
}
