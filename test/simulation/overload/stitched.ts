import type { SlotId } from "../../../src/core/record/slot-record.ts";
import { type FirstHost, firstOwner } from "../../../src/core/route/first-owner.ts";
import type { HostNews } from "../../../src/core/route/host-news.ts";
import { HostTable } from "../../../src/core/route/host-table.ts";
import { Orchestrator } from "../../../src/core/stitch/orchestrator.ts";
import type { PlannedHost, PlannedSlot } from "../../../src/core/stitch/planner/plan-types.ts";
import { Planner } from "../../../src/core/stitch/planner/planner.ts";
import type { OrchestratorCommand, OrchestratorEvent } from "../../../src/core/stitch/protocol.ts";
import type { Known } from "./forecasts.ts";
import { Measure } from "./measure.ts";
import type { Scenario, SimSession } from "./scenario.ts";
import { SimHost } from "./sim-host.ts";
import { heartbeatOf, type Slot, slotsOf } from "./sim-slot.ts";
import { Agenda, play } from "./timeline.ts";

export interface Stitching {
  readonly policy: "reactive" | "predictive";
  readonly known: readonly Known[];
  /** A move waits so long with its session held, as a restart elsewhere does; 0: the mechanism's own pause. */
  readonly pauseMs?: number;
}

/** A read or a write of the record, and a message to a host and its answer: medians of bench:store and bench:link. */
const STORE_MS = 3;
const LINK_MS = 2;
const HEARTBEAT_MS = 500;
/** A MIRROR, of a message's cost (DESIGN.md section 7: at most). */
const MIRROR_COST = 0.05;
const SETTINGS = { threshold: 0.85, leadTimeMs: 15_000, dwellMs: 45_000 } as const;
const SHIFT_MS = 15_000;

/** The product's planner, orchestrator and host table over simulated hosts, a store and a link that take their time. */
class Stitched {
  readonly measure: Measure;
  readonly #agenda = new Agenda();
  readonly #scenario: Scenario;
  readonly #stitching: Stitching;
  readonly #hosts: Map<string, SimHost>;
  readonly #table: HostTable;
  readonly #orchestrator: Orchestrator;
  readonly #planner = new Planner();
  readonly #slots: Slot[];
  readonly #sessions: ReadonlyMap<string, SimSession>;
  #revision = 0;
  #peaks: ReadonlyMap<string, number> = new Map();

  constructor(scenario: Scenario, stitching: Stitching) {
    this.#scenario = scenario;
    this.measure = new Measure(scenario.warmUpMs);
    this.#stitching = stitching;
    this.#hosts = new Map(scenario.hosts.map((spec) => [spec.host, new SimHost(spec, this.measure)]));
    const declared = scenario.hosts.map(({ host, perSec }) => ({
      host,
      weight: 1,
      capacity: { messagesPerSec: perSec },
    }));
    this.#table = new HostTable({ declared, discover: false });
    const drain = stitching.pauseMs ? { drainTimeoutMs: 60_000 } : {};
    this.#orchestrator = new Orchestrator({
      incarnation: "sim",
      chooseHost: ({ sessionId }) => this.#choose(sessionId),
      ...drain,
    });
    this.#slots = slotsOf(scenario.fleet);
    this.#sessions = new Map(scenario.fleet.sessions.map((it) => [it.id, it]));
  }

  run(): Measure {
    const { crash, fleet } = this.#scenario;
    this.#beat(0);
    this.#agenda.every(HEARTBEAT_MS, (nowMs) => this.#beat(nowMs));
    this.#agenda.every(1000, (nowMs) => this.#second(nowMs));
    for (const known of this.#stitching.known) this.#agenda.at(known.atMs, () => this.#plan(known));
    if (crash) this.#agenda.at(crash.fromMs, (nowMs) => this.#crash(crash.host, nowMs, crash.untilMs));
    play(fleet, this.#agenda, (slot, atMs) => this.#message(this.#slots[slot] as Slot, slot, atMs));
    this.#finish(fleet.durationMs);
    return this.measure;
  }

  /** What is held when time is up goes to who owns it by then, and all is worked off. */
  #finish(nowMs: number): void {
    for (const [index, slot] of this.#slots.entries()) if (slot.held) this.#release(slot, index, nowMs);
    for (const host of this.#hosts.values()) host.finish();
  }

  #message(slot: Slot, index: number, atMs: number): void {
    if (!slot.isOpen) this.#open(slot, atMs);
    if (slot.held || !slot.owner || slot.owner.isDown(atMs)) {
      slot.held ??= [];
      slot.held.push(atMs);
    } else slot.owner.take(index, atMs, atMs, 1);
  }

  #open(slot: Slot, nowMs: number): void {
    const { firstSlot, slots } = slot.session;
    slot.isOpen = true;
    const beside = this.#slots.slice(firstSlot, firstSlot + slots).find(({ owner }) => owner)?.owner
      ?.spec.host;
    const first = beside ?? this.#choose(slot.id.sessionId);
    if (first === undefined) throw new Error("no host to open a slot at");
    // The store's answer to a first write is not waited for: hosts are chosen before the measured time.
    this.#handle({ type: "open", id: slot.id, first }, nowMs);
  }

  #choose(sessionId: string): string | undefined {
    const hosts: FirstHost[] = this.#table.standings().flatMap(({ host, weight, state }) => {
      const slots = this.#slots.filter(({ owner }) => owner?.spec.host === host).length;
      return state === "up" ? [{ host, weight, utilisation: this.#peaks.get(host) ?? 0, slots }] : [];
    });
    return firstOwner(sessionId, hosts, SETTINGS.threshold);
  }

  #beat(nowMs: number): void {
    for (const host of this.#hosts.values()) {
      host.settle(nowMs);
      if (!host.isDown(nowMs)) this.#news(this.#table.heartbeat(heartbeatOf(host, nowMs), nowMs), nowMs);
    }
    this.#news(this.#table.tick(nowMs, true), nowMs);
    this.#handle({ type: "tick" }, nowMs);
  }

  #news(news: readonly HostNews[], nowMs: number): void {
    // What a host that restarts had in hand was taken from it when it went down.
    for (const item of news) if (item.type !== "host-restarted") this.#handle(item, nowMs);
  }

  #second(nowMs: number): void {
    for (const host of this.#hosts.values()) host.sample(nowMs);
    if (!this.measure.isOn(nowMs)) return;
    for (const { secondaries } of this.#orchestrator.slots(nowMs)) {
      this.measure.slotSec++;
      if (secondaries.length > 0) this.measure.mirroredSlotSec++;
    }
  }

  #crash(name: string, nowMs: number, untilMs: number): void {
    const host = this.#hosts.get(name);
    for (const { slot, arrivedMs } of host?.crash(nowMs, untilMs) ?? []) {
      const it = this.#slots[slot];
      if (!it) continue;
      it.held ??= [];
      it.held.push(arrivedMs);
    }
    this.#agenda.at(untilMs, (atMs) => {
      for (const [index, slot] of this.#slots.entries())
        if (slot.owner === host && slot.held) this.#release(slot, index, atMs);
    });
  }

  #plan({ atMs: nowMs, loads, profiles }: Known): void {
    const { policy, pauseMs } = this.#stitching;
    const hosts = this.#table.standings().map(
      ({ host, capacity, state, heartbeat }): PlannedHost => ({
        host,
        capacity,
        pending: heartbeat?.pending ?? 0,
        state: state === "up" ? "open" : "closed",
      }),
    );
    const slots = this.#planned(nowMs, loads, profiles);
    const { dwellMs = SETTINGS.dwellMs } = this.#scenario;
    const settings = { ...SETTINGS, dwellMs, policy };
    const plan = this.#planner.plan({ nowMs, settings, hosts, slots });
    this.#peaks = new Map(Array.from(plan.peaks, ([host, peak]) => [host, peak.utilisation]));
    for (const order of plan.shifts) {
      const slot = this.#slot(order.id);
      slot.movingTo = { host: order.to, atMs: nowMs };
      this.#handle({ type: "shift", order }, nowMs);
    }
    if (pauseMs) return;
    for (const order of plan.mirrors) this.#handle({ type: "mirror", order }, nowMs);
    for (const order of plan.retires) this.#handle({ type: "retire", ...order }, nowMs);
  }

  #planned(nowMs: number, loads: Known["loads"], profiles: Known["profiles"]): PlannedSlot[] {
    return this.#orchestrator.slots(nowMs).flatMap(({ id, owner, state, secondaries }) => {
      const { session, movingTo } = this.#slot(id);
      const load = loads[session.firstSlot + id.slot];
      if (owner === undefined || !load) return [];
      const isMoving = movingTo !== undefined && nowMs - movingTo.atMs < SHIFT_MS;
      const planned = {
        id,
        owner,
        load,
        profile: profiles.get(id.sessionId),
        sessionSlots: session.slots,
        secondaries: secondaries.map(({ host }) => host),
        isBusy: state === "opening" || state === "failover" || state === "shifting",
      };
      return [isMoving ? { ...planned, movingTo: movingTo.host } : planned];
    });
  }

  #slot({ sessionId, slot }: SlotId): Slot {
    const first = this.#sessions.get(sessionId)?.firstSlot ?? 0;
    return this.#slots[first + slot] as Slot;
  }

  #handle(event: OrchestratorEvent, nowMs: number): void {
    for (const command of this.#orchestrator.handle(event, nowMs)) this.#carryOut(command, nowMs);
  }

  #soon(ms: number, nowMs: number, event: OrchestratorEvent): void {
    if (nowMs === 0) this.#handle(event, nowMs);
    else this.#agenda.at(nowMs + ms, (atMs) => this.#handle(event, atMs));
  }

  #carryOut(command: OrchestratorCommand, nowMs: number): void {
    switch (command.type) {
      case "read":
        this.#soon(STORE_MS, nowMs, {
          type: "record",
          id: command.id,
          stored: this.#slot(command.id).stored,
        });
        break;
      case "write":
        this.#write(command, nowMs);
        break;
      case "hold":
        this.#hold(this.#slot(command.id), nowMs);
        break;
      case "release":
        this.#let(command.id, nowMs);
        break;
      case "assign":
        this.#assign(command.id, command.owner, nowMs);
        break;
      case "send-mirror":
        this.#mirror(command, nowMs);
        break;
      case "event":
        this.#count(command.event.kind, command.event, nowMs);
        break;
      case "closed":
        break;
      default:
        command satisfies never;
    }
  }

  #write({ id, record }: Extract<OrchestratorCommand, { type: "write" }>, nowMs: number): void {
    const revision = ++this.#revision;
    this.#slot(id).stored = { record, revision };
    const result = { outcome: "written", revision } as const;
    this.#soon(STORE_MS, nowMs, { type: "wrote", id, writeId: record.writeId, result });
  }

  /** Drained when the owner is through with what it has of the slot. */
  #hold(slot: Slot, nowMs: number): void {
    slot.held ??= [];
    const { epoch = 0 } = this.#orchestrator.slot(slot.id, nowMs) ?? {};
    const index = slot.session.firstSlot + slot.id.slot;
    const drainedMs = slot.owner?.doneMsOf(index, nowMs) ?? nowMs;
    const restMs = Math.max(LINK_MS, this.#stitching.pauseMs ?? 0, drainedMs - nowMs);
    this.#agenda.at(nowMs + restMs, (atMs) =>
      this.#handle({ type: "drained", id: slot.id, epoch, seq: 0 }, atMs),
    );
  }

  #let(id: SlotId, nowMs: number): void {
    const slot = this.#slot(id);
    if (slot.owner && !slot.owner.isDown(nowMs)) this.#release(slot, slot.session.firstSlot + id.slot, nowMs);
  }

  #release(slot: Slot, index: number, nowMs: number): void {
    const held = slot.held ?? [];
    slot.held = undefined;
    for (const arrivedMs of held) slot.owner?.take(index, arrivedMs, nowMs, 1);
  }

  /** What the former owner had not done is fenced there and done again here. */
  #assign(id: SlotId, owner: string, nowMs: number): void {
    const slot = this.#slot(id);
    const index = slot.session.firstSlot + id.slot;
    const before = slot.owner;
    slot.owner = this.#hosts.get(owner);
    if (before && before !== slot.owner) {
      before.settle(nowMs);
      const again = before.revoke(index, nowMs);
      if (again.length > 0) slot.held = [...again, ...(slot.held ?? [])];
    }
    this.#let(id, nowMs);
  }

  #mirror(
    { id, host, epoch, seq }: Extract<OrchestratorCommand, { type: "send-mirror" }>,
    nowMs: number,
  ): void {
    const to = this.#hosts.get(host);
    if (!to || to.isDown(nowMs)) return;
    to.burden(MIRROR_COST, nowMs);
    this.#soon(LINK_MS, nowMs, { type: "mirror-acked", id, host, epoch, seq });
  }

  #count(kind: string, { pauseMs, ...id }: SlotId & { pauseMs?: number }, nowMs: number): void {
    const isOver = kind === "shifted" || kind === "failed-over" || kind === "gave-up";
    if (isOver) this.#slot(id).movingTo = undefined;
    if (kind !== "shifted" || !this.measure.isOn(nowMs)) return;
    this.measure.moves++;
    if (pauseMs !== undefined) this.measure.pausesMs.push(pauseMs);
  }
}

export function playStitched(scenario: Scenario, stitching: Stitching): Measure {
  return new Stitched(scenario, stitching).run();
}
