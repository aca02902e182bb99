import type { SessionProfile } from "../../forecast/session-profile.ts";
import type { Millis } from "../../ports.ts";
import type { HostId, SessionId, Share } from "../../units.ts";
import type { ShiftOrder } from "../protocol.ts";
import { slotKey } from "../slot-key.ts";
import { ease, type Relief } from "./ease.ts";
import type { HostOutlook, Look } from "./host-outlook.ts";
import { Outlook, Trait } from "./outlook.ts";
import { type Move, PlanBoard } from "./plan-board.ts";
import { reasonText, shortId } from "./plan-reason.ts";
import type { Plan, PlanInput, PlannedSlot, PredictedPeak, RetireOrder } from "./plan-types.ts";

/** Most orders of each kind in one step. */
export const MAX_MOVES = 12;
/** A host whose utilisation is so far above the threshold is as likely overloaded as not: at 1.0 of 0.85. */
export const DOUBT_ABOVE: Share = 0.15;
/** Mirroring reckons with so much less, and with the forecasts' upper bounds. */
export const MIRROR_MARGIN: Share = 0.1;
/** Overload that a session's move, and its mirror, have to save, in lead times: who looks ahead for minutes moves for more. */
const LEAST_MOVE = 0.08;
const LEAST_MIRROR = 0.12;
/** Most mirrors of a slot: where the best destination changes, it does not leave a trail of them. */
const MAX_MIRRORS = 2;
/** Of all slots, at most so many are mirrored ahead of their move, but always a few. */
const MOST_MIRRORED = 0.1;
const LEAST_MIRRORED = 4;
/** A mirror that no plan asked for in this time is given up. */
export const RETIRE_MS = 60_000;

const EMPTY = { mirrors: [], shifts: [], retires: [] };

/**
 * Decides which slots go where (DESIGN.md section 7). It remembers what it ordered and when, not what became of it:
 * each step begins with who owns what.
 */
export class Planner {
  /** Dwell: a session that was moved stays for a while. */
  readonly #movedAtMs = new Map<SessionId, Millis>();
  /** When a plan last asked for a mirror of the slot. */
  readonly #wantedAtMs = new Map<string, Millis>();
  readonly #outlook = new Outlook();

  /** Takes in a session's new forecast ahead of the step that it counts in: optional, but the step is shorter for it. */
  profiled(profile: SessionProfile, nowMs: Millis, leadTimeMs: Millis): void {
    this.#outlook.profiled(profile, nowMs, leadTimeMs);
  }

  plan(input: PlanInput): Plan {
    this.#outlook.see(input);
    const board = new PlanBoard(input, this.#outlook);
    const peaks = peaksOf(board);
    this.#forget(input);
    const drained = drain(board);
    if (input.settings.policy === "static") return { ...EMPTY, shifts: drained, peaks };
    const reliefs = ease(board, {
      look: lookOf(input, 0, 0),
      leastGain: LEAST_MOVE,
      mayMove: (slot) => this.#mayMove(board, slot),
      most: MAX_MOVES - drained.length,
    });
    const moved = ordersOf(board, reliefs, "moved").map(({ id, to, reason }) => ({ id, to, reason }));
    const shifts = [...drained, ...moved];
    for (const { id } of shifts) this.#movedAtMs.set(id.sessionId, input.nowMs);
    const mirrors = this.#mirror(board);
    return { mirrors, shifts, retires: this.#retire(board, shifts), peaks };
  }

  #forget({ nowMs, settings, slots }: PlanInput): void {
    for (const [id, atMs] of this.#movedAtMs)
      if (nowMs - atMs >= settings.dwellMs) this.#movedAtMs.delete(id);
    if (this.#wantedAtMs.size <= 2 * slots.length) return;
    for (const [key, atMs] of this.#wantedAtMs)
      if (nowMs - atMs >= 2 * RETIRE_MS) this.#wantedAtMs.delete(key);
  }

  #mayMove(board: PlanBoard, slot: number): boolean {
    if (!board.is(slot, Trait.movable)) return false;
    return this.#movedAtMs.size === 0 || !this.#movedAtMs.has(board.slot(slot).id.sessionId);
  }

  /** The same search for what may come on top; what it finds is mirrored, not moved. */
  #mirror(board: PlanBoard): Plan["mirrors"] {
    const { nowMs, slots } = board.input;
    const found = ease(board, {
      look: lookOf(board.input, 1, MIRROR_MARGIN),
      leastGain: LEAST_MIRROR,
      mayMove: (slot) => this.#mayMove(board, slot),
      most: MAX_MOVES,
    });
    const orders: Plan["mirrors"][number][] = [];
    let mirrored = board.mirrored().length;
    for (const order of ordersOf(board, found, "mirrored")) {
      const { slot } = order;
      const { id, secondaries } = board.slot(slot);
      this.#wantedAtMs.set(slotKey(id), nowMs);
      if (secondaries.length === 0 && ++mirrored > Math.max(LEAST_MIRRORED, MOST_MIRRORED * slots.length))
        continue;
      if (secondaries.length < MAX_MIRRORS && !secondaries.includes(order.to))
        orders.push({ id, to: order.to, reason: order.reason });
    }
    return orders;
  }

  #retire(board: PlanBoard, shifts: readonly ShiftOrder[]): RetireOrder[] {
    const { nowMs } = board.input;
    const moved = new Set(shifts.map(({ id }) => slotKey(id)));
    const orders: RetireOrder[] = [];
    for (const slot of board.mirrored()) {
      if (!board.is(slot, Trait.movable)) continue;
      const { id } = board.slot(slot);
      const key = slotKey(id);
      if (moved.has(key)) continue;
      const wantedAtMs = this.#wantedAtMs.get(key);
      if (wantedAtMs === undefined) this.#wantedAtMs.set(key, nowMs);
      else if (nowMs - wantedAtMs >= RETIRE_MS) {
        this.#wantedAtMs.delete(key);
        const reason = `no peak for ${RETIRE_MS / 1000} s asks for a mirror of ${shortId(id.sessionId)}`;
        orders.push({ id, reason });
      }
    }
    return orders;
  }
}

function lookOf({ settings }: PlanInput, spread: Look["spread"], margin: Share): Look {
  const centre = settings.threshold + DOUBT_ABOVE - margin;
  return {
    centre,
    spread,
    pointSec: settings.leadTimeMs / 1000,
    isForecast: settings.policy === "predictive",
  };
}

function peaksOf({ hosts, input }: PlanBoard): Map<HostId, PredictedPeak> {
  const inMs = input.settings.leadTimeMs;
  return new Map(hosts.map((host) => [host.plan.host, { utilisation: host.at(0), inMs }]));
}

interface SlotOrder extends ShiftOrder {
  readonly slot: number;
}

/** Each slot's order, with the reason of all that its session does. */
function ordersOf(board: PlanBoard, reliefs: readonly Relief[], verb: "moved" | "mirrored"): SlotOrder[] {
  const all = new Map<string, Relief & { readonly slots: number[] }>();
  for (const relief of reliefs) {
    const key = JSON.stringify([relief.sessionId, relief.from.plan.host, relief.to.plan.host]);
    const known = all.get(key);
    if (known) known.slots.push(...relief.slots);
    else all.set(key, { ...relief, slots: [...relief.slots] });
  }
  const spread = verb === "mirrored" ? 1 : 0;
  return [...all.values()].flatMap((relief) => {
    const { from, to, sessionId, slots, peak, peakPoint } = relief;
    const here = reliefs.filter((other) => other.sessionId === sessionId && other.from === from);
    const reason = reasonText({
      from: from.plan.host,
      peak,
      inMs: (peakPoint + 1) * board.input.settings.leadTimeMs,
      sessionId,
      adds: here.reduce((sum, { bundle }) => sum + from.added(bundle, peakPoint, spread), 0),
      verb,
      slots: slots.length,
      ofSlots: board.slot(slots[0] as number).sessionSlots,
      to: to.plan.host,
      toPeak: to.hasCapacity ? to.peak() : undefined,
    });
    return slots.map((slot) => ({ id: board.slot(slot).id, to: to.plan.host, reason, slot }));
  });
}

/** Empties the hosts that ask for it, each slot to whoever carries least; dwell is not asked. */
function drain(board: PlanBoard): ShiftOrder[] {
  const orders: ShiftOrder[] = [];
  for (const from of board.hosts) if (from.plan.state === "draining") drainHost(board, from, orders);
  return orders;
}

function drainHost(board: PlanBoard, from: HostOutlook, orders: ShiftOrder[]): void {
  for (const slot of from.slots.slice()) {
    const { id, isBusy, movingTo }: PlannedSlot = board.slot(slot);
    if (orders.length >= MAX_MOVES) return;
    if (isBusy || movingTo !== undefined) continue;
    const move = emptiest(board, slot, from);
    if (!move) return;
    board.move(move);
    const { to } = move;
    const peak = to.hasCapacity ? ` ${to.peak().toFixed(2)}` : "";
    const reason = `${from.plan.host} is draining, moved ${shortId(id.sessionId)} to ${to.plan.host}${peak}`;
    orders.push({ id, to: to.plan.host, reason });
  }
}

/** To the open host whose peak with the slot is lowest; to one of unknown capacity only where there is no other. */
function emptiest(board: PlanBoard, slot: number, from: HostOutlook): Move | undefined {
  const bundle = board.bundle([slot], from);
  let to: HostOutlook | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  for (const host of board.hosts) {
    if (host === from || host.plan.state !== "open") continue;
    const rank = host.hasCapacity ? host.peak(0, bundle) : Number.MAX_VALUE;
    if (rank > lowest || (rank === lowest && to && host.busiest >= to.busiest)) continue;
    to = host;
    lowest = rank;
  }
  return to && { slots: [slot], bundle, from, to };
}
