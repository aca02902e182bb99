import type { Millis } from "../../ports.ts";
import type { HostId, SessionId, Share } from "../../units.ts";
import { slotKey } from "../slot-key.ts";
import { Demand, LEAD_POINTS, POINTS, pointMs } from "./demand.ts";
import { destinationOf } from "./destination.ts";
import type { HostDemand, Look } from "./host-demand.ts";
import { PlanBoard } from "./plan-board.ts";
import { shortId } from "./plan-reason.ts";
import type { Plan, PlanInput, PlannedSlot, PredictedPeak, RetireOrder } from "./plan-types.ts";
import { type ReasonedMove, relieve } from "./relief.ts";

/** Most orders of each kind in one step. */
export const MAX_MOVES = 12;
/** A destination stays so far below the threshold. */
export const DESTINATION_MARGIN = 0.02;
/** …or, where no host has room below it, at least so far below the host that is worse off. */
export const RESCUE_GAIN = 0.15;
/** A peak that is only forecast must be so far above the threshold: on the way there, what is measured will tell. */
export const FORECAST_MARGIN = 0.1;
/** A host is relieved until its peak is so far below the threshold: 0.75 of 0.85. */
export const STOP_MARGIN = 0.1;
/** Mirroring begins so far below the threshold, and looks ahead for twice the lead time. */
export const MIRROR_MARGIN = 0.05;
/** Most mirrors of a slot: where the best destination changes, it does not leave a trail of them. */
const MAX_MIRRORS = 2;
/** Of all slots, at most so many are mirrored ahead of their move, but always a few. */
const MOST_MIRRORED = 0.1;
const LEAST_MIRRORED = 4;
/** A mirror that no plan asked for in this time is given up. */
export const RETIRE_MS = 60_000;

/** A session that takes off less than this share of what is too much isn't worth a hand-over. */
const LEAST_SHARE = 0.05;
/** A mirror is fed for as long as it stands: it pays for larger ones only. */
const LEAST_MIRROR_SHARE = 0.1;

/** Balance while nobody is saturated: from this peak on… */
const BALANCE_ABOVE = 0.6;
/** …to a host that stays so much lower even with the slot, and next to idle… */
const BALANCE_GAIN = 0.2;
const BALANCE_BELOW = 0.4;
/** …by sessions that add so much, else it does not pay… */
const BALANCE_LEAST = 0.04;
/** …and no more than that many slots a step. */
const BALANCE_MOVES = 2;

/** Moves are made for what is expected within the lead time… */
const AHEAD: Look = { points: LEAD_POINTS, spread: 0 };
/** …mirrors also for what may come on top, in twice that time: they cost little, and make a move quick that comes late. */
const FURTHER: Look = { points: POINTS, spread: 1 };

/** A host that goes away is emptied, wherever there is least. */
const ANYWHERE = { look: AHEAD, limit: Number.POSITIVE_INFINITY, takesUnknown: true };
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
  readonly #demand = new Demand();

  plan(input: PlanInput): Plan {
    const board = new PlanBoard(input, this.#demand.of(input));
    const peaks = peaksOf(board);
    this.#forget(input);
    const moves = drain(board);
    if (input.settings.policy === "static") return { ...EMPTY, shifts: ordersOf(board, moves), peaks };
    moves.push(...this.#shift(board, MAX_MOVES - moves.length));
    if (moves.length === 0) moves.push(...this.#balance(board));
    const shifts = ordersOf(board, moves);
    for (const { id } of shifts) this.#movedAtMs.set(id.sessionId, input.nowMs);
    const moved = new Set(moves.map(({ slot }) => slot));
    const mirrors = this.#mirror(board, moved);
    return { mirrors, shifts, retires: this.#retire(input, moved), peaks };
  }

  #forget({ nowMs, settings, slots }: PlanInput): void {
    for (const [id, atMs] of this.#movedAtMs)
      if (nowMs - atMs >= settings.dwellMs) this.#movedAtMs.delete(id);
    if (this.#wantedAtMs.size <= 2 * slots.length) return;
    for (const [key, atMs] of this.#wantedAtMs)
      if (nowMs - atMs >= 2 * RETIRE_MS) this.#wantedAtMs.delete(key);
  }

  #mayMove(board: PlanBoard, slot: number): boolean {
    const { id, isBusy, movingTo } = board.slot(slot);
    return !isBusy && movingTo === undefined && !this.#movedAtMs.has(id.sessionId);
  }

  #shift(board: PlanBoard, moves: number): ReasonedMove[] {
    const { threshold } = board.input.settings;
    return relieve(board, {
      verb: "moved",
      look: AHEAD,
      above: (measured) => aboveOf(measured, threshold),
      until: (measured) => untilOf(measured, threshold),
      limit: (peak) => Math.max(threshold - DESTINATION_MARGIN, peak - RESCUE_GAIN),
      takesUnknown: true,
      leastGain: 0,
      leastShare: LEAST_SHARE,
      mayMove: (slot) => this.#mayMove(board, slot),
      moves,
    });
  }

  /** After a host came back or came new: fills it before the others are in trouble. */
  #balance(board: PlanBoard): ReasonedMove[] {
    return relieve(board, {
      verb: "moved",
      look: AHEAD,
      above: () => BALANCE_ABOVE,
      until: () => BALANCE_ABOVE,
      limit: (peak) => Math.min(peak - BALANCE_GAIN, BALANCE_BELOW),
      takesUnknown: false,
      leastGain: BALANCE_LEAST,
      leastShare: 0,
      mayMove: (slot) => this.#mayMove(board, slot),
      moves: BALANCE_MOVES,
    });
  }

  /** The same search further ahead; what it finds is mirrored, not moved. */
  #mirror(board: PlanBoard, moved: ReadonlySet<number>): Plan["mirrors"] {
    const { nowMs, settings, slots } = board.input;
    const { threshold } = settings;
    const found = relieve(board, {
      verb: "mirrored",
      look: FURTHER,
      above: (measured) => aboveOf(measured, threshold - MIRROR_MARGIN),
      until: () => threshold - STOP_MARGIN,
      limit: () => threshold - DESTINATION_MARGIN,
      takesUnknown: true,
      leastGain: 0,
      leastShare: LEAST_MIRROR_SHARE,
      mayMove: (slot) => !moved.has(slot) && this.#mayMove(board, slot),
      moves: MAX_MOVES,
    });
    const orders: Plan["mirrors"][number][] = [];
    let mirrored = slots.reduce((count, { secondaries }) => count + Math.min(1, secondaries.length), 0);
    for (const { slot, to, reason } of found) {
      const { id, secondaries } = board.slot(slot);
      this.#wantedAtMs.set(slotKey(id), nowMs);
      if (secondaries.length === 0 && ++mirrored > Math.max(LEAST_MIRRORED, MOST_MIRRORED * slots.length))
        continue;
      if (secondaries.length < MAX_MIRRORS && !secondaries.includes(to.plan.host))
        orders.push({ id, to: to.plan.host, reason });
    }
    return orders;
  }

  #retire({ nowMs, slots }: PlanInput, moved: ReadonlySet<number>): RetireOrder[] {
    const orders: RetireOrder[] = [];
    for (let i = 0; i < slots.length; i++) {
      const { id, secondaries, movingTo, isBusy } = slots[i] as PlannedSlot;
      if (secondaries.length === 0 || movingTo !== undefined || isBusy || moved.has(i)) continue;
      const key = slotKey(id);
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

/** What is only forecast has to be clearly too much. */
function aboveOf(measured: number, bound: Share): Share {
  return measured > bound ? bound : bound + FORECAST_MARGIN;
}

/** …and is taken off no further than that. */
function untilOf(measured: number, threshold: Share): Share {
  return measured > threshold ? threshold - STOP_MARGIN : threshold;
}

function peaksOf(board: PlanBoard): Map<HostId, PredictedPeak> {
  const stepMs = pointMs(board.input.settings.leadTimeMs);
  return new Map(
    board.hosts.map((host) => {
      const inMs = (host.peakPoint(AHEAD) + 1) * stepMs;
      return [host.plan.host, { utilisation: host.peak(AHEAD), inMs }];
    }),
  );
}

const ordersOf = (board: PlanBoard, moves: readonly ReasonedMove[]): Plan["shifts"] =>
  moves.map(({ slot, to, reason }) => ({ id: board.slot(slot).id, to: to.plan.host, reason }));

/** Empties the hosts that ask for it, each slot to whoever carries least; dwell is not asked. */
function drain(board: PlanBoard): ReasonedMove[] {
  const moves: ReasonedMove[] = [];
  for (const from of board.hosts) if (from.plan.state === "draining") drainHost(board, from, moves);
  return moves;
}

function drainHost(board: PlanBoard, from: HostDemand, moves: ReasonedMove[]): void {
  for (const slot of from.slots.slice()) {
    const { id, isBusy, movingTo } = board.slot(slot);
    if (moves.length >= MAX_MOVES) return;
    if (isBusy || movingTo !== undefined) continue;
    const to = destinationOf(board, slot, from, ANYWHERE);
    if (!to) return;
    board.move({ slot, from, to });
    const peak = to.hasCapacity ? ` ${to.peak(AHEAD).toFixed(2)}` : "";
    const reason = `${from.plan.host} is draining, moved ${shortId(id.sessionId)} to ${to.plan.host}${peak}`;
    moves.push({ slot, from, to, reason });
  }
}
