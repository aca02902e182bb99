import type { PerSec, SessionId } from "../../units.ts";
import { POINTS, STRIDE, WIDTH } from "./demand.ts";
import type { PlannedHost, PlannedSlot } from "./plan-types.ts";

/** What hosts add up: the slots of a plan's input and, by the same index, what they are going to need. */
export interface SlotDemand {
  readonly slots: readonly PlannedSlot[];
  readonly demand: Float64Array;
}

/** What of a host's future is looked at. */
export interface Look {
  /** Points ahead. */
  readonly points: number;
  /** 0: what is expected; 1: and what may come on top. */
  readonly spread: 0 | 1;
}

/**
 * What a host's slots are going to need at each point ahead, against what it can carry: the sum of what is expected
 * plus the root of the sum of the squared spreads. Sessions are independent, so their variances add and not their
 * upper bounds: m + α·√Σσ² (Guérin, Ahmadi, Naghshineh 1991, IEEE JSAC 9:7, section III.B), with α in each spread
 * already. Slots of one session rise together: their spreads are summed before they are squared.
 */
export class HostDemand {
  readonly plan: PlannedHost;
  /** Slots it carries after the plan, by their index in the input. */
  readonly slots: number[] = [];
  readonly #of: SlotDemand;
  readonly #expected = new Float64Array(WIDTH);
  readonly #variance = new Float64Array(WIDTH);
  /** Summed spreads of sessions with several slots. */
  readonly #spreads = new Map<SessionId, Float64Array>();
  /** 0: no such limit. */
  readonly #messages: PerSec;
  readonly #bytes: number;
  #measuredMessages = 0;
  #measuredBytes = 0;
  /** Numbers that count: without a limit of bytes, those of messages. */
  readonly #width: number;

  constructor(plan: PlannedHost, of: SlotDemand) {
    this.plan = plan;
    this.#of = of;
    this.#messages = plan.capacity.messagesPerSec ?? 0;
    this.#bytes = plan.capacity.bytesPerSec ?? 0;
    this.#width = this.#bytes > 0 ? WIDTH : POINTS;
  }

  get hasCapacity(): boolean {
    return this.#messages > 0 || this.#bytes > 0;
  }

  add(slot: number): void {
    this.slots.push(slot);
    this.#count(slot, 1);
  }

  remove(slot: number): void {
    this.slots.splice(this.slots.indexOf(slot), 1);
    this.#count(slot, -1);
  }

  #count(slot: number, sign: 1 | -1): void {
    const { demand } = this.#of;
    const { load } = this.#of.slots[slot] as PlannedSlot;
    this.#measuredMessages += sign * load.messagesPerSec;
    this.#measuredBytes += sign * load.bytesPerSec;
    const at = slot * STRIDE;
    const spreads = this.#isAlone(slot) ? undefined : this.#openSpreads(slot);
    for (let i = 0; i < this.#width; i++) {
      const expected = (this.#expected[i] as number) + sign * (demand[at + i] as number);
      const before = spreads?.[i] ?? 0;
      const own = demand[at + WIDTH + i] as number;
      const after = Math.max(0, before + sign * own);
      const variance = spreads ? after * after - before * before : sign * own * own;
      this.#expected[i] = Math.max(0, expected);
      this.#variance[i] = Math.max(0, (this.#variance[i] as number) + variance);
      if (spreads) spreads[i] = after;
    }
  }

  #isAlone(slot: number): boolean {
    return (this.#of.slots[slot] as PlannedSlot).sessionSlots === 1;
  }

  #openSpreads(slot: number): Float64Array {
    const { sessionId } = (this.#of.slots[slot] as PlannedSlot).id;
    let spreads = this.#spreads.get(sessionId);
    if (!spreads) {
      spreads = new Float64Array(WIDTH);
      this.#spreads.set(sessionId, spreads);
    }
    return spreads;
  }

  /** What its session's slots sum up to here; undefined: no other slot of it is here. */
  #spreadsOf(slot: number): Float64Array | undefined {
    return this.#isAlone(slot)
      ? undefined
      : this.#spreads.get((this.#of.slots[slot] as PlannedSlot).id.sessionId);
  }

  /** Load at index `i` of the points' numbers. */
  #need(i: number, spread: Look["spread"]): number {
    const expected = this.#expected[i] as number;
    return spread === 0 ? expected : expected + Math.sqrt(this.#variance[i] as number);
  }

  #utilisation(messages: PerSec, bytes: number): number {
    const byMessages = this.#messages > 0 ? messages / this.#messages : 0;
    const byBytes = this.#bytes > 0 ? bytes / this.#bytes : 0;
    return Math.max(byMessages, byBytes);
  }

  #at(point: number, spread: Look["spread"]): number {
    return this.#utilisation(this.#need(point, spread), this.#need(POINTS + point, spread));
  }

  /** Utilisation by what its slots carry at the moment. */
  get measured(): number {
    return this.#utilisation(this.#measuredMessages, this.#measuredBytes);
  }

  /** The point of the highest utilisation. */
  peakPoint({ points, spread }: Look): number {
    let highest = 0;
    for (let point = 1; point < points; point++)
      if (this.#at(point, spread) > this.#at(highest, spread)) highest = point;
    return highest;
  }

  peak(look: Look): number {
    return this.#at(this.peakPoint(look), look.spread);
  }

  /** The peak if it carried the slot too. */
  peakWith(slot: number, { points, spread }: Look): number {
    let peak = 0;
    for (let point = 0; point < points; point++) {
      const messages = this.#needWith(slot, point, spread);
      const bytes = this.#bytes > 0 ? this.#needWith(slot, POINTS + point, spread) : 0;
      peak = Math.max(peak, this.#utilisation(messages, bytes));
    }
    return peak;
  }

  #needWith(slot: number, i: number, spread: Look["spread"]): number {
    const at = slot * STRIDE + i;
    const expected = (this.#expected[i] as number) + (this.#of.demand[at] as number);
    if (spread === 0) return expected;
    const own = this.#of.demand[at + WIDTH] as number;
    const linear = 2 * own * (this.#spreadsOf(slot)?.[i] ?? 0);
    return expected + Math.sqrt((this.#variance[i] as number) + own * own + linear);
  }

  /** What the utilisation at a point falls by when these slots leave; all are of one session. */
  contribution(slots: readonly number[], point: number, spread: Look["spread"]): number {
    const messages = this.#need(point, spread) - this.#fall(slots, point, spread);
    const bytes =
      this.#bytes > 0 ? this.#need(POINTS + point, spread) - this.#fall(slots, POINTS + point, spread) : 0;
    return this.#at(point, spread) - this.#utilisation(Math.max(0, messages), Math.max(0, bytes));
  }

  #fall(slots: readonly number[], i: number, spread: Look["spread"]): number {
    const { demand } = this.#of;
    let expected = 0;
    let own = 0;
    for (const slot of slots) {
      const at = slot * STRIDE + i;
      expected += demand[at] as number;
      own += demand[at + WIDTH] as number;
    }
    if (own === 0 || spread === 0) return expected;
    const all = this.#spreadsOf(slots[0] as number)?.[i] ?? own;
    const variance = this.#variance[i] as number;
    // All squared minus the rest squared, without their cancelling.
    const gone = own * (2 * all - own);
    return expected + Math.sqrt(variance) - Math.sqrt(Math.max(0, variance - gone));
  }

  /** Messages/s at the fullest point: ranks hosts that have no capacity to compare with. */
  busiest({ points, spread }: Look): PerSec {
    let busiest = 0;
    for (let point = 0; point < points; point++) busiest = Math.max(busiest, this.#need(point, spread));
    return busiest;
  }
}
