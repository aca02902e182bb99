import { quote, StitchError } from "../../core/errors.ts";
import type { PlannedSlot } from "../../core/stitch/planner/plan-types.ts";
import type { ShiftOrder } from "../../core/stitch/protocol.ts";
import type { HostId, SessionId } from "../../core/units.ts";
import type { HostRoster } from "./host-roster.ts";

/** People pin few sessions; a script that pins all of them has no planner left. */
const MAX_PINS = 1000;

export interface OperatorOptions {
  readonly isDryRun: boolean;
  readonly roster: HostRoster;
  /** Something was asked: plan at once. */
  readonly changed: () => void;
}

/** What people asked of a running gateway. It is gone with the gateway: what is to last is set in the pool's dialog. */
export class Operator {
  readonly #roster: HostRoster;
  readonly #changed: () => void;
  readonly #pins = new Map<SessionId, HostId>();
  #isPaused = false;
  #isDryRun: boolean;

  constructor({ isDryRun, roster, changed }: OperatorOptions) {
    this.#isDryRun = isDryRun;
    this.#roster = roster;
    this.#changed = changed;
  }

  /** Nothing is planned; failover, pins and drains go on. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Plan and report, but do nothing. */
  get isDryRun(): boolean {
    return this.#isDryRun;
  }

  get pins(): ReadonlyMap<SessionId, HostId> {
    return this.#pins;
  }

  isDraining(host: HostId): boolean {
    return this.#roster.table.isDrained(host);
  }

  pause(on: boolean): void {
    this.#isPaused = on;
    this.#changed();
  }

  dryRun(on: boolean): void {
    this.#isDryRun = on;
    this.#changed();
  }

  /** Empties a host and gives it nothing new, or takes that back. Throws StitchError `NO_HOST`. */
  drain(host: HostId, on: boolean): void {
    this.#roster.drain(host, on);
    for (const [id, to] of this.#pins) if (on && to === host) this.#pins.delete(id);
    this.#changed();
  }

  /** Moves a session to a host and keeps it there; undefined: the planner decides again. Throws StitchError `NO_HOST`. */
  pin(id: SessionId, host: HostId | undefined): void {
    if (host === undefined) this.#pins.delete(id);
    else {
      if (!this.#isOpen(host))
        throw new StitchError("NO_HOST", `host ${quote(host)} takes no sessions: it is not up, or draining`);
      if (this.#pins.size >= MAX_PINS && !this.#pins.has(id))
        throw new StitchError("BAD_VALUE", `at most ${MAX_PINS} sessions can be pinned`);
      this.#pins.set(id, host);
    }
    this.#changed();
  }

  #isOpen(host: HostId): boolean {
    return this.#roster.planned().some((planned) => planned.host === host && planned.state === "open");
  }

  /** What the planner sees: pinned sessions are not to be moved. */
  held(slots: readonly PlannedSlot[]): readonly PlannedSlot[] {
    if (this.#pins.size === 0) return slots;
    return slots.map((slot) => (this.#pins.has(slot.id.sessionId) ? { ...slot, isBusy: true } : slot));
  }

  /** Shifts that bring pinned sessions to their hosts; also back, after a failover. */
  orders(slots: readonly PlannedSlot[]): ShiftOrder[] {
    if (this.#pins.size === 0) return [];
    const orders: ShiftOrder[] = [];
    for (const { id, owner, movingTo, isBusy } of slots) {
      const to = this.#pins.get(id.sessionId);
      if (to === undefined || isBusy || to === (movingTo ?? owner) || !this.#isOpen(to)) continue;
      orders.push({ id, to, reason: `pinned to ${to}` });
    }
    return orders;
  }
}
