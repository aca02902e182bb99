import { StitchError } from "../../core/errors.ts";
import type { Clock, Millis } from "../../core/ports.ts";
import type { SlotId } from "../../core/record/slot-record.ts";
import type { DrainOrder } from "../../core/route/drain-order.ts";
import type { HostNews } from "../../core/route/host-news.ts";
import type { HostFeedback, HostView } from "../../core/route/host-view.ts";
import type { LatencyMeter } from "../../core/route/latency-meter.ts";
import type { Plan, PlannedSlot } from "../../core/stitch/planner/plan-types.ts";
import type { PoolSettings } from "../../core/stitch/pool-settings.ts";
import type { PlanEvent, PlanEventKind } from "../../core/stitch/protocol.ts";
import type { ScaleAdvice } from "../../core/stitch/scale-advice.ts";
import type { HostId, SessionId } from "../../core/units.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import type { Gateway, GatewayStatus, SessionView, StitchMark, Undeliverable } from "./gateway-pool.ts";
import { HostRoster } from "./host-roster.ts";
import { giveUpLeft } from "./left-messages.ts";
import type { Operator } from "./operator.ts";
import { Listeners, PlanNews } from "./plan-news.ts";
import { Planning } from "./planning.ts";
import { type GatewaySlot, SlotTable } from "./slot-table.ts";
import type { StreamLog } from "./stream-log.ts";

const TICK_MS = 500;
const SWEEP_MS = 10_000;
/** A slot without a message for so long is forgotten; its next message opens it again, at the same host if it is well. */
const IDLE_MS = 600_000;
/** Where all sessions are in use, this share of them, the longest silent, makes room. */
const ROOM = 1 / 16;

/**
 * Hosts at the outputs of a route node. Slots are in memory only and move at once: nothing is mirrored, because each
 * host keeps what it knows of a session to itself.
 */
export class WiredGateway implements Gateway {
  readonly #settings: PoolSettings;
  readonly #clock: Clock;
  readonly #roster: HostRoster;
  readonly #table: SlotTable;
  readonly #news: PlanNews;
  readonly #planning: Planning;
  readonly #undeliverable: Listeners<Undeliverable>;
  readonly #timer: NodeJS.Timeout;
  #leftLog: (() => StreamLog) | undefined;
  #log: StreamLog | undefined;
  #sweptAtMs: Millis;

  constructor({ settings, sessions, clock, openLog, hasLog, onError }: GatewayOptions) {
    this.#settings = settings;
    this.#clock = clock;
    this.#roster = new HostRoster(settings, false);
    this.#table = new SlotTable(settings.maxSessions, sessions);
    this.#news = new PlanNews(onError);
    const [roster, table, news] = [this.#roster, this.#table, this.#news];
    this.#planning = new Planning({
      settings,
      roster,
      table,
      news,
      clock,
      onError,
      slots: (nowMs) => this.#planned(nowMs),
      apply: (plan, nowMs) => this.#apply(plan, nowMs),
    });
    this.#undeliverable = new Listeners(onError);
    if (hasLog?.()) this.#leftLog = openLog;
    this.#sweptAtMs = clock.now();
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  take(id: SlotId, slots: number, bytes: number): StitchMark {
    const nowMs = this.#clock.now();
    const slot = this.#table.find(id) ?? this.#open(id, slots, nowMs);
    if (slot.owner === undefined) this.#place(slot, nowMs);
    slot.load.take(bytes, nowMs);
    slot.meter?.load.take(bytes, nowMs);
    return slot.mark;
  }

  #open(id: SlotId, slots: number, nowMs: Millis): GatewaySlot {
    if (this.#table.isFull(id.sessionId)) this.#makeRoom();
    const slot = this.#table.open(id, slots, nowMs);
    return slot;
  }

  /** Its first host; none where no host is usable yet. */
  #place(slot: GatewaySlot, nowMs: Millis): void {
    const to = this.#roster.chooseBeside(slot.session.owner, slot.id.sessionId, nowMs);
    if (to !== undefined) this.#assign(slot, to, nowMs, "opened", "first message");
  }

  wire(hosts: readonly HostId[]): void {
    if (this.#settings.hosts.length > 0) return;
    for (const host of hosts) this.#roster.table.declare(host);
    this.#roster.changed();
  }

  #makeRoom(): void {
    const silent = this.#table.silentSince(Number.POSITIVE_INFINITY);
    for (const slot of silent.slice(0, Math.ceil(silent.length * ROOM))) this.#forget(slot);
  }

  #forget(slot: GatewaySlot): void {
    this.#table.delete(slot);
    if (slot.meter) slot.meter.slots--;
  }

  #assign(slot: GatewaySlot, to: HostId, nowMs: Millis, kind: PlanEventKind, reason: string): void {
    const { id, owner } = slot;
    const epoch = slot.epoch + 1;
    if (slot.meter) slot.meter.slots--;
    slot.meter = this.#roster.meter(to, nowMs);
    slot.meter.slots++;
    this.#table.assign(slot, to, epoch);
    const from = owner === undefined ? undefined : { from: owner };
    const event: PlanEvent = { ...id, kind, atMs: nowMs, epoch, ...from, to, reason };
    this.#news.tell(kind === "shifted" ? { ...event, pauseMs: 0 } : event);
  }

  offer(): Error {
    return new StitchError(
      "BAD_CONFIG",
      `pool ${this.#settings.name} has no broker to deliver by: use wires`,
    );
  }

  feedback(feedback: HostFeedback): void {
    const nowMs = this.#clock.now();
    const { host, latencyMs } = feedback;
    if (latencyMs !== undefined) this.#roster.observe(host, latencyMs, nowMs);
    this.#hostNews(this.#roster.table.feedback(feedback, nowMs), nowMs);
  }

  #tick(): void {
    const nowMs = this.#clock.now();
    this.#hostNews(this.#roster.table.tick(nowMs, true), nowMs);
    if (nowMs - this.#sweptAtMs < SWEEP_MS) return;
    this.#sweptAtMs = nowMs;
    for (const slot of this.#table.silentSince(nowMs - IDLE_MS)) this.#forget(slot);
  }

  #hostNews(news: readonly HostNews[], nowMs: Millis): void {
    if (news.length === 0) return;
    this.#roster.changed();
    for (const item of news) if (item.type === "host-suspect") this.#failOver(item.host, item.reason, nowMs);
  }

  #failOver(host: HostId, reason: string, nowMs: Millis): void {
    for (const slot of this.#table) {
      if (slot.owner !== host) continue;
      const to = this.#roster.choose(slot.id.sessionId, nowMs);
      if (to !== undefined && to !== host) this.#assign(slot, to, nowMs, "failed-over", reason);
    }
  }

  setBuffer(): void {
    // A wire takes each message at once.
  }

  startPlanning(): () => void {
    return this.#planning.start();
  }

  profileChanged(id: SessionId): void {
    this.#planning.profileChanged(this.#table.profiled(id));
  }

  drain({ host, isWanted }: DrainOrder): void {
    this.#planning.operator.drain(host, isWanted);
  }

  #planned(nowMs: Millis): PlannedSlot[] {
    const planned: PlannedSlot[] = [];
    for (const { id, owner, load, session } of this.#table) {
      if (owner === undefined) continue;
      const { open: sessionSlots, profile } = session;
      const measured = load.rate(nowMs);
      planned.push({ id, owner, load: measured, profile, sessionSlots, secondaries: [], isBusy: false });
    }
    return planned;
  }

  #apply({ shifts }: Plan, nowMs: Millis): void {
    for (const { id, to, reason } of shifts) {
      const slot = this.#table.find(id);
      if (slot) this.#assign(slot, to, nowMs, "shifted", reason);
    }
  }

  /** Its hosts are this flow's: nobody else could work for them. */
  readonly role = "active";

  onRole(): () => void {
    return () => undefined;
  }

  onScaleAdvice(listener: (advice: ScaleAdvice) => void): () => void {
    return this.#planning.advice.add(listener);
  }

  onPlanEvent(listener: (event: PlanEvent) => void): () => void {
    return this.#news.add(listener);
  }

  /** The first who listens is told what an earlier gateway left on disk. */
  onUndeliverable(listener: (undeliverable: Undeliverable) => void): () => void {
    const remove = this.#undeliverable.add(listener);
    const log = this.#leftLog?.();
    this.#leftLog = undefined;
    if (log) {
      this.#log = log;
      void giveUpLeft(log, (undeliverable) => this.#undeliverable.tell(undeliverable));
    }
    return remove;
  }

  latency(host: HostId): LatencyMeter | undefined {
    return this.#roster.latency(host);
  }

  hosts(): readonly HostView[] {
    return this.#roster.views(this.#clock.now());
  }

  sessions(): Iterable<SessionView> {
    return this.#table.sessions();
  }

  session(id: SessionId): SessionView | undefined {
    return this.#table.session(id);
  }

  mirrors(): [] {
    return [];
  }

  get operator(): Operator {
    return this.#planning.operator;
  }

  get status(): GatewayStatus {
    const { reason } = this.#news;
    const counts = { slots: this.#table.size, warm: 0, retained: 0, retainedBytes: 0 };
    return { link: "wired", ...counts, ...(reason === undefined ? undefined : { reason }) };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#planning.stop();
    this.#news.clear();
    this.#undeliverable.clear();
    await this.#log?.close();
  }
}
