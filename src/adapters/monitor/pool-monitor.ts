import { StitchError } from "../../core/errors.ts";
import type { Clock, Millis } from "../../core/ports.ts";
import type { HostView } from "../../core/route/host-view.ts";
import type { PoolSettings } from "../../core/stitch/pool-settings.ts";
import type { SessionId } from "../../core/units.ts";
import type { Gateway } from "../pool/gateway-pool.ts";
import type { SessionDirectory } from "../pool/session-directory.ts";
import { DecisionLog } from "./decision-log.ts";
import { FORECAST_STEP_MS, hostForecasts } from "./host-forecast.ts";
import { type OperatorOrder, orderDecision } from "./operator-order.ts";
import { HOST_STEP_MS, PoolHistory } from "./pool-history.ts";
import { rounded } from "./rounded.ts";
import { sessionDetail } from "./session-detail.ts";
import { type PageQuery, SessionPages } from "./session-pages.ts";
import type { Decision, HostSnapshot, PoolHead, PoolSnapshot, SessionDetail, SessionPage } from "./views.ts";

export interface PoolMonitorOptions {
  /** Of the pool's config node. */
  readonly id: string;
  readonly settings: PoolSettings;
  readonly sessions: SessionDirectory;
  readonly clock: Clock;
}

/** host-2 before host-10, whichever was heard first. */
const byName = new Intl.Collator("en", { numeric: true });
/** Marks of a session's plot. */
const MARKS = 100;

/** What can be seen of one pool's gateway, and done to it; costs next to nothing while nobody looks. */
export class PoolMonitor {
  readonly settings: PoolSettings;
  readonly sessions: SessionDirectory;
  readonly log: DecisionLog = new DecisionLog();
  readonly #id: string;
  readonly #clock: Clock;
  readonly #history = new PoolHistory();
  readonly #pages = new SessionPages();
  #gateway: Gateway | undefined;
  #forecast: PoolSnapshot["forecast"] = {
    atMs: Number.NEGATIVE_INFINITY,
    stepMs: FORECAST_STEP_MS,
    hosts: [],
  };
  #ends: (() => void)[] = [];

  constructor({ id, settings, sessions, clock }: PoolMonitorOptions) {
    this.#id = id;
    this.settings = settings;
    this.sessions = sessions;
    this.#clock = clock;
  }

  get gateway(): Gateway | undefined {
    return this.#gateway;
  }

  get nowMs(): Millis {
    return this.#clock.now();
  }

  get head(): PoolHead {
    return { id: this.#id, name: this.settings.name, isGateway: this.#gateway !== undefined };
  }

  watch(gateway: Gateway): void {
    this.#gateway = gateway;
    // Twice a step: a timer that is late leaves no gap.
    const timer = setInterval(() => this.sample(), HOST_STEP_MS / 2).unref();
    this.#ends.push(
      () => clearInterval(timer),
      gateway.onPlanEvent((event) => this.log.event(event)),
    );
    this.sample();
  }

  sample(): void {
    if (this.#gateway) this.#history.sample(this.#gateway, this.#clock.now());
  }

  close(): void {
    for (const end of this.#ends) end();
    this.#ends = [];
    this.#gateway = undefined;
  }

  /** The hosts' past after `sinceMs` only. */
  snapshot(sinceMs: Millis): PoolSnapshot {
    const gateway = this.#open();
    const nowMs = this.#clock.now();
    const { operator, status } = gateway;
    const { threshold, leadTimeMs } = this.settings;
    return {
      pool: this.head,
      nowMs,
      threshold,
      leadTimeMs,
      isPaused: operator.isPaused,
      isDryRun: operator.isDryRun,
      status,
      sessions: this.sessions.size,
      hosts: gateway
        .hosts()
        .toSorted((a, b) => byName.compare(a.host, b.host))
        .map((view) => hostSnapshot(view, operator.isDraining(view.host))),
      history: this.#history.hosts(sinceMs),
      forecast: this.#forecastAt(gateway, nowMs),
      lastDecision: this.log.last,
    };
  }

  /** Sums over all sessions: made anew only as often as its points are apart, and only while somebody looks. */
  #forecastAt(gateway: Gateway, nowMs: Millis): PoolSnapshot["forecast"] {
    if (nowMs - this.#forecast.atMs >= FORECAST_STEP_MS)
      this.#forecast = {
        atMs: nowMs,
        stepMs: FORECAST_STEP_MS,
        hosts: hostForecasts(gateway, this.sessions, nowMs),
      };
    return this.#forecast;
  }

  page(query: PageQuery): SessionPage {
    return this.#pages.page(this.#open(), this.sessions, query, this.#clock.now());
  }

  detail(id: SessionId): SessionDetail | undefined {
    const nowMs = this.#clock.now();
    return sessionDetail(id, {
      gateway: this.#open(),
      sessions: this.sessions,
      history: this.#history.session(id),
      marks: this.log.of(id, MARKS),
      nowMs,
    });
  }

  decisions(after: number, most: number): Decision[] {
    return this.log.latest(after, most);
  }

  /** Throws StitchError `NO_HOST` or `BAD_VALUE`. */
  order(order: OperatorOrder): void {
    const gateway = this.#open();
    const { operator } = gateway;
    if (order.action === "pin" && order.host !== undefined && !gateway.session(order.sessionId))
      throw new StitchError("UNKNOWN_SLOT", "the session has no open slot: it can be pinned when it speaks");
    this.#carryOut(operator, order);
    this.log.asked(orderDecision(order), this.#clock.now());
  }

  #carryOut(operator: Gateway["operator"], order: OperatorOrder): void {
    if (order.action === "drain") operator.drain(order.host, order.on);
    else if (order.action === "pin") operator.pin(order.sessionId, order.host);
    else if (order.action === "pause") operator.pause(order.on);
    else operator.dryRun(order.on);
  }

  #open(): Gateway {
    if (this.#gateway) return this.#gateway;
    throw new StitchError(
      "BAD_CONFIG",
      `no stitch or route node of this Node-RED uses pool ${this.settings.name}`,
    );
  }
}

function hostSnapshot(view: HostView, isDrainAsked: boolean): HostSnapshot {
  const { host, state, reason, capacity, isMeasured = false, load, utilisation } = view;
  const { predictedPeak, slots, latency, heartbeat } = view;
  return {
    host,
    state,
    ...(reason === undefined ? undefined : { reason }),
    capacity,
    isMeasured,
    messagesPerSec: rounded(load.messagesPerSec),
    bytesPerSec: rounded(load.bytesPerSec),
    utilisation: rounded(utilisation),
    ...(predictedPeak === undefined ? undefined : { predictedPeak: rounded(predictedPeak) }),
    slots,
    ...(latency && { latency: { p50Ms: rounded(latency.p50Ms), p99Ms: rounded(latency.p99Ms) } }),
    ...(heartbeat && {
      ...(heartbeat.serviceRatePerSec === undefined
        ? undefined
        : { serviceRatePerSec: rounded(heartbeat.serviceRatePerSec) }),
      pending: heartbeat.pending,
      loopDelayP99Ms: rounded(heartbeat.loopDelayP99Ms),
      cpu: rounded(heartbeat.cpu),
      memoryBytes: heartbeat.memoryBytes,
    }),
    isDrainAsked,
  };
}
