import { StitchError } from "../../core/errors.ts";
import type { Clock, Millis } from "../../core/ports.ts";
import type { RecordStore } from "../../core/record/record-store.ts";
import type { SlotId } from "../../core/record/slot-record.ts";
import type { StreamLink } from "../../core/record/stream-link.ts";
import type { DrainOrder } from "../../core/route/drain-order.ts";
import type { HostNews } from "../../core/route/host-news.ts";
import type { HostFeedback, HostView } from "../../core/route/host-view.ts";
import type { LatencyMeter } from "../../core/route/latency-meter.ts";
import type { BufferKind } from "../../core/route/route-settings.ts";
import type { GatewayRole, Taking } from "../../core/stitch/lease.ts";
import type { PoolSettings } from "../../core/stitch/pool-settings.ts";
import type { OfferedMessage, PlanEvent, RetainedStream, ShiftOrder } from "../../core/stitch/protocol.ts";
import type { ScaleAdvice } from "../../core/stitch/scale-advice.ts";
import type { HostId, SessionId } from "../../core/units.ts";
import { GatewayBuffer } from "./gateway-buffer.ts";
import { newGatewayId } from "./gateway-id.ts";
import { GatewayIntake } from "./gateway-intake.ts";
import type { GatewayLease } from "./gateway-lease.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import type {
  Gateway,
  GatewayStatus,
  Offered,
  SessionMirror,
  SessionView,
  StitchMark,
  Undeliverable,
} from "./gateway-pool.ts";
import { HostRoster } from "./host-roster.ts";
import { type KeptStreams, leaveBehind } from "./kept-streams.ts";
import { LinkedSlots } from "./linked-slots.ts";
import type { Operator } from "./operator.ts";
import { Listeners, PlanNews } from "./plan-news.ts";
import { Planning } from "./planning.ts";
import { SlotTable } from "./slot-table.ts";

const TICK_MS = 100;
const SWEEP_MS = 10_000;
/** Until a route node says otherwise. */
const DEFAULT_BUFFER_BYTES = 16_777_216;

/** Hosts behind a link: messages are retained until committed, slots move by the hand-over protocol. */
export class LinkedGateway implements Gateway {
  readonly #settings: PoolSettings;
  readonly #link: StreamLink;
  readonly #clock: Clock;
  readonly #onError: (error: Error) => void;
  readonly #roster: HostRoster;
  readonly #news: PlanNews;
  readonly #undeliverable: Listeners<Undeliverable>;
  readonly #roles: Listeners<GatewayRole>;
  readonly #lease: GatewayLease | undefined;
  readonly #slots: LinkedSlots;
  readonly #table: SlotTable;
  readonly #planning: Planning;
  readonly #ends: (() => void)[] = [];
  readonly #kept: KeptStreams | undefined;
  #sweptAtMs: Millis;
  #bufferBytes = 0;
  readonly #buffer: GatewayBuffer;
  readonly #intake: GatewayIntake;
  #isClosed = false;

  constructor(options: GatewayOptions, link: StreamLink, records: RecordStore) {
    const { settings, sessions, clock, kept, openLog, hasLog, onError } = options;
    this.#settings = settings;
    this.#link = link;
    this.#clock = clock;
    this.#kept = kept;
    this.#onError = onError;
    this.#sweptAtMs = clock.now();
    const roster = new HostRoster(settings, true);
    const table = new SlotTable(settings.maxSessions, sessions);
    const news = new PlanNews(onError);
    const shared = { settings, roster, table, news, clock, onError };
    this.#roster = roster;
    this.#table = table;
    this.#news = news;
    this.#undeliverable = new Listeners(onError);
    this.#roles = new Listeners(onError);
    const gateway = newGatewayId(options.random);
    this.#lease = options.openLease?.(gateway, (role) => this.#roles.tell(role));
    this.#slots = new LinkedSlots({
      ...shared,
      link,
      records,
      maxBytes: DEFAULT_BUFFER_BYTES,
      onGivenUp: (undeliverable) => this.#undeliverable.tell(undeliverable),
      gateway,
    });
    this.#planning = new Planning({
      ...shared,
      slots: (nowMs) => this.#slots.planned(nowMs),
      apply: (plan, nowMs) => this.#slots.apply(plan, nowMs),
    });
    this.#restore(kept?.take() ?? []);
    this.#buffer = new GatewayBuffer({
      engine: this.#slots.engine,
      openLog,
      hasLog: hasLog?.() ?? false,
      reopen: (id) => this.#slots.reopen(id, this.#clock.now()),
      restore: (stream) => this.#restore([stream]),
      onError,
    });
    const taking = { settings, sessions, link, clock, roster, table };
    this.#intake = new GatewayIntake({
      ...taking,
      slots: this.#slots,
      buffer: this.#buffer,
      taking: () => this.#taking,
    });
    this.#listen(link);
  }

  /** Goes on with what an earlier gateway had taken over: it is sent before anything newer of its slot. */
  #restore(streams: readonly RetainedStream[]): void {
    for (const stream of streams) {
      this.#slots.engine.retain({ type: "restore", stream });
      this.#slots.reopen(stream.id, this.#clock.now());
    }
  }

  #listen(link: StreamLink): void {
    const timer = setInterval(() => this.#tick(), TICK_MS).unref();
    this.#ends.push(
      () => clearInterval(timer),
      link.onHosts((load) => {
        const nowMs = this.#clock.now();
        this.#intake.heard(nowMs);
        this.#hostNews(this.#roster.table.heartbeat(load, nowMs));
      }),
      link.onState((state) => {
        if (state !== "up") return;
        // What the broken link has lost is sent at once; hosts drop what they have.
        for (const { host } of this.#roster.table.standings())
          this.#slots.engine.retain({ type: "host-restarted", host });
      }),
    );
  }

  take(id: SlotId, slots: number, bytes: number): StitchMark {
    return this.#intake.take(id, slots, bytes);
  }

  offer(id: SlotId, message: OfferedMessage): Offered | Promise<Offered> {
    return this.#intake.offer(id, message);
  }

  /** Hosts of a broker announce themselves. */
  wire(): void {}

  feedback(feedback: HostFeedback): void {
    this.#hostNews(this.#roster.table.feedback(feedback, this.#clock.now()));
  }

  setBuffer(bytes: number, kind: BufferKind = "memory"): void {
    this.#buffer.setKind(kind);
    this.#bufferBytes = Math.max(this.#bufferBytes, bytes);
    this.#slots.engine.retention.setMaxBytes(this.#bufferBytes);
  }

  #tick(): void {
    const nowMs = this.#clock.now();
    this.#hostNews(this.#roster.table.tick(nowMs, this.#link.state === "up"));
    if (this.#intake.isSettled(nowMs)) this.#slots.openWaiting(nowMs);
    this.#slots.engine.tick();
    this.#buffer.tick();
    this.#intake.tick();
    if (this.#taking === "no") this.#slots.closeAll();
    if (nowMs - this.#sweptAtMs < SWEEP_MS) return;
    this.#sweptAtMs = nowMs;
    this.#slots.closeIdle(nowMs);
  }

  #hostNews(news: readonly HostNews[]): void {
    if (news.length > 0) this.#roster.changed();
    for (const item of news) {
      if (item.type === "host-restarted") this.#slots.engine.retain(item);
      else this.#slots.engine.orchestrate(item);
    }
  }

  startPlanning(): () => void {
    return this.#planning.start();
  }

  drain({ host, isWanted }: DrainOrder): void {
    this.#planning.operator.drain(host, isWanted);
  }

  /** By a person or a test; the planner's own orders come from `startPlanning`. */
  shift(order: ShiftOrder): void {
    this.#slots.shift(order, this.#clock.now());
  }

  profileChanged(id: SessionId): void {
    this.#planning.profileChanged(this.#table.profiled(id));
  }

  get role(): GatewayRole {
    return this.#lease?.role ?? "active";
  }

  get #taking(): Taking {
    return this.#lease?.taking ?? "yes";
  }

  onRole(listener: (role: GatewayRole) => void): () => void {
    return this.#roles.add(listener);
  }

  onScaleAdvice(listener: (advice: ScaleAdvice) => void): () => void {
    return this.#planning.advice.add(listener);
  }

  onPlanEvent(listener: (event: PlanEvent) => void): () => void {
    return this.#news.add(listener);
  }

  onUndeliverable(listener: (undeliverable: Undeliverable) => void): () => void {
    return this.#undeliverable.add(listener);
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

  mirrors(id: SessionId): readonly SessionMirror[] {
    return this.#slots.mirrors(id, this.#clock.now());
  }

  get operator(): Operator {
    return this.#planning.operator;
  }

  get status(): GatewayStatus {
    const { messages: retained, bytes: retainedBytes, halted, dropped } = this.#slots.engine.retention;
    const { length: blocked, refused } = this.#buffer.blocked;
    const [{ state }, { reason }, logFailure] = [this.#link, this.#news, this.#buffer.failure];
    return {
      link: state === "closed" ? "down" : state,
      ...(this.role === "standby" && { isStandby: true }),
      slots: this.#table.size,
      warm: this.#slots.warm(this.#clock.now()),
      retained,
      retainedBytes,
      halted,
      blocked: blocked + this.#intake.undecided,
      refused,
      dropped,
      ...(logFailure === undefined ? undefined : { logFailure }),
      ...(reason === undefined ? undefined : { reason }),
    };
  }

  /** Nothing more is taken; what was may still be acknowledged for a while. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#intake.close();
    this.#planning.stop();
    await this.#leaveBehind();
    this.#buffer.end(new StitchError("LINK_DOWN", `the link of pool ${this.#settings.name} is closed`));
    for (const end of this.#ends) end();
    this.#slots.engine.close();
    this.#news.clear();
    this.#undeliverable.clear();
    this.#roles.clear();
    await this.#lease?.close();
    await this.#buffer.close();
  }

  async #leaveBehind(): Promise<void> {
    // The next start goes on with what is on disk; of a log that was never read nothing is there.
    const isLogged = ({ id }: RetainedStream): boolean => this.#buffer.isKept(id);
    const { retention } = this.#slots.engine;
    const left = await leaveBehind(retention, this.#link, this.#clock, this.#kept, isLogged);
    if (left) this.#onError(new StitchError("LINK_DOWN", `pool ${this.#settings.name}: ${left}`));
  }
}
