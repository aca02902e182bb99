import type { SessionProfile } from "../../core/forecast/session-profile.ts";
import type { Clock, Millis } from "../../core/ports.ts";
import type { Plan, PlannedHost, PlannedSlot } from "../../core/stitch/planner/plan-types.ts";
import { Planner } from "../../core/stitch/planner/planner.ts";
import type { PoolSettings } from "../../core/stitch/pool-settings.ts";
import type { MirrorOrder, PlanEvent, ShiftOrder } from "../../core/stitch/protocol.ts";
import { type ScaleAdvice, ScaleAdvisor } from "../../core/stitch/scale-advice.ts";
import { spareThreshold } from "../../core/stitch/spare-host.ts";
import type { HostRoster } from "./host-roster.ts";
import { Operator } from "./operator.ts";
import { Listeners, type PlanNews } from "./plan-news.ts";
import type { SlotTable } from "./slot-table.ts";

export interface PlanningOptions {
  readonly settings: PoolSettings;
  readonly roster: HostRoster;
  readonly table: SlotTable;
  readonly news: PlanNews;
  readonly clock: Clock;
  readonly onError: (error: Error) => void;
  readonly slots: (nowMs: Millis) => readonly PlannedSlot[];
  readonly apply: (plan: Plan, nowMs: Millis) => void;
}

/** A profile that cannot wait for the next step is planned for at once, but steps stay so far apart. */
const LEAST_GAP_MS = 1000;

/** Plans every step as long as a stitch node wants it. */
export class Planning {
  readonly #options: PlanningOptions;
  readonly #planner = new Planner();
  readonly #advisor = new ScaleAdvisor();
  readonly operator: Operator;
  /** How many more hosts the pool is going to need. */
  readonly advice: Listeners<ScaleAdvice>;
  #wanted = 0;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #plannedAtMs: Millis = Number.NEGATIVE_INFINITY;

  constructor(options: PlanningOptions) {
    this.#options = options;
    this.advice = new Listeners(options.onError);
    const { settings, roster } = options;
    // Not within the call: what was asked is told before what comes of it.
    const changed = (): void => queueMicrotask(() => this.step());
    this.operator = new Operator({ isDryRun: settings.dryRun, roster, changed });
  }

  /** One planner per pool, however many stitch nodes ask. */
  start(): () => void {
    this.#wanted++;
    this.#timer ??= setInterval(() => this.step(), this.#options.settings.stepMs).unref();
    let isWanted = true;
    return () => {
      if (!isWanted) return;
      isWanted = false;
      if (--this.#wanted === 0) this.stop();
    };
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    this.#timer = undefined;
    this.#soon = undefined;
  }

  /** A forecast whose allocation has to be ready before the next step brings the step forward. */
  profileChanged(profile: SessionProfile | undefined): void {
    if (!profile || !(profile.model.skill > 0)) return;
    const { settings, clock } = this.#options;
    if (settings.policy === "predictive") this.#planner.profiled(profile, clock.now(), settings.leadTimeMs);
    if (profile.allocation.readyByMs <= this.#plannedAtMs + settings.stepMs) this.soon();
  }

  /** The next step as soon as may be. */
  soon(): void {
    if (!this.#timer || this.#soon) return;
    const waitMs = Math.max(0, this.#plannedAtMs + LEAST_GAP_MS - this.#options.clock.now());
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      this.step();
    }, waitMs).unref();
  }

  step(): void {
    const { roster, clock, slots, apply, onError } = this.#options;
    try {
      const nowMs = clock.now();
      this.#plannedAtMs = nowMs;
      const hosts = roster.planned();
      const slotsNow = slots(nowMs);
      const plan = this.#plan(hosts, slotsNow, nowMs);
      roster.peaks = plan.peaks;
      if (this.operator.isDryRun) this.#report(plan, nowMs);
      else apply(plan, nowMs);
      this.#advise(hosts, slotsNow, nowMs);
      // Whoever drains a host waits for it to be empty.
      if (plan.shifts.length > 0 && hosts.some(({ state }) => state === "draining")) this.soon();
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #plan(hosts: readonly PlannedHost[], slots: readonly PlannedSlot[], nowMs: Millis): Plan {
    const { settings } = this.#options;
    const threshold = settings.spareHost
      ? spareThreshold(settings.threshold, hosts, slots)
      : settings.threshold;
    const policy = this.operator.isPaused ? "static" : settings.policy;
    const plan = this.#planner.plan({
      nowMs,
      settings: { ...settings, threshold, policy },
      hosts,
      slots: this.operator.held(slots),
    });
    const orders = this.operator.orders(slots);
    return orders.length > 0 ? { ...plan, shifts: [...orders, ...plan.shifts] } : plan;
  }

  #advise(hosts: readonly PlannedHost[], slots: readonly PlannedSlot[], nowMs: Millis): void {
    const { threshold, spareHost = false, policy } = this.#options.settings;
    const isForecast = policy === "predictive";
    const advice = this.#advisor.see({ nowMs, threshold, spareHost, isForecast, hosts, slots });
    if (advice) this.advice.tell(advice);
  }

  #report({ shifts, mirrors }: Plan, atMs: Millis): void {
    for (const order of [...shifts, ...mirrors]) this.#options.news.tell(this.#planned(order, atMs));
  }

  #planned({ id, to, reason }: MirrorOrder | ShiftOrder, atMs: Millis): PlanEvent {
    const slot = this.#options.table.find(id);
    const from = slot?.owner === undefined ? undefined : { from: slot.owner };
    return {
      ...id,
      kind: "planned",
      atMs,
      epoch: slot?.epoch ?? 0,
      ...from,
      to,
      reason: `dry run: ${reason}`,
    };
  }
}
