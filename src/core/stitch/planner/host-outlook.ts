import type { PerSec, Share } from "../../units.ts";
import { MEASURED, type Outlook, POINTS, WIDTH } from "./outlook.ts";
import type { PlannedHost } from "./plan-types.ts";

/** What of a host's future is looked at. */
export interface Look {
  /** Utilisation at which a host is as likely overloaded as not… */
  readonly centre: Share;
  /** 0: what is expected; 1: and what may come on top. */
  readonly spread: 0 | 1;
  readonly pointSec: number;
  /** Whether there are forecasts: else what is measured is all that is expected. */
  readonly isForecast: boolean;
}

/** …and how fast that changes: what neither measurement nor forecast knows, such as the next surge. */
const WIDTH_OF_DOUBT = 0.12;
/** What is later is less certain, and may still be moved for later. */
const LATER: Share = 0.85;
/** A queue of a second counts as so many overloaded hosts: between two that are overloaded anyway, the longer one yields. */
const PER_QUEUE_SEC = 0.05;
/** Below it nothing adds up to anything: not worth an exponential. */
const NEVER = -8;

/** Some slots' load as one: the numbers of `Outlook.rows`, from `at` on. */
export interface Bundle {
  readonly rows: Float64Array;
  readonly at: number;
  /** Of the messages that wait at the host that they leave. */
  readonly pending: number;
}

const WEIGHTS: readonly number[] = Array.from({ length: POINTS }, (_, point) => LATER ** point);

/** One host in a plan: its slots, and what they sum up to at each point ahead. */
export class HostOutlook {
  readonly plan: PlannedHost;
  /** Slots it carries after the plan, by their index in the input. */
  readonly slots: number[] = [];
  readonly #outlook: Outlook;
  readonly #sums: Float64Array;
  /** 0: no such limit. */
  readonly #messages: PerSec;
  readonly #bytes: number;
  #pending: number;

  /** `index` of the plan's hosts: its sums are those of the outlook. */
  constructor(plan: PlannedHost, outlook: Outlook, index: number) {
    this.plan = plan;
    this.#outlook = outlook;
    this.#sums = outlook.sums.subarray(index * outlook.stride, (index + 1) * outlook.stride);
    this.#messages = plan.capacity.messagesPerSec ?? 0;
    this.#bytes = plan.capacity.bytesPerSec ?? 0;
    this.#pending = plan.pending ?? 0;
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
    const { rows, stride } = this.#outlook;
    const at = slot * stride;
    for (let i = 0; i < stride; i++)
      this.#sums[i] = Math.max(0, (this.#sums[i] as number) + sign * (rows[at + i] as number));
  }

  /** A move takes along what waits of it. */
  queue(pending: number): void {
    this.#pending = Math.max(0, this.#pending + pending);
  }

  /** Of what waits here, the part of these slots: as they carry now. */
  pendingOf(messagesPerSec: PerSec): number {
    const all = this.#sums[0] as number;
    return all > 0 ? this.#pending * Math.min(1, messagesPerSec / all) : 0;
  }

  /**
   * The seconds that it has to be reckoned overloaded in, over all points. Half of it by the forecasts, half as if all stayed
   * as it is measured: where a season has broken off, a forecast alone would wait for a surge to end that does not.
   */
  strain(look: Look, bundle?: Bundle, sign: 1 | -1 = 1): number {
    const expected = this.#strainBy(look, bundle, sign, false);
    if (!look.isForecast) return expected;
    return (expected + this.#strainBy(look, bundle, sign, true)) / 2;
  }

  /**
   * By the utilisation at each point, with what waits to be worked off as part of the load; the queue that builds up is
   * carried from point to point.
   */
  #strainBy(
    { centre, spread, pointSec }: Look,
    bundle: Bundle | undefined,
    sign: number,
    isNow: boolean,
  ): number {
    const messages = this.#messages;
    let pending = bundle ? Math.max(0, this.#pending + sign * bundle.pending) : this.#pending;
    let strain = 0;
    for (let point = 0; point < POINTS; point++) {
      const at = isNow ? MEASURED : point;
      let used = 0;
      let queueSec = 0;
      if (messages > 0) {
        const need = this.#need(at, spread, bundle, sign);
        used = (need + pending / pointSec) / messages;
        pending = Math.max(0, pending + (need - messages) * pointSec);
        queueSec = pending / messages;
      }
      if (this.#bytes > 0) used = Math.max(used, this.#need(WIDTH + at, spread, bundle, sign) / this.#bytes);
      const doubt = (used - centre) / WIDTH_OF_DOUBT;
      const probability = doubt < NEVER ? 0 : 1 / (1 + Math.exp(-doubt));
      strain += (WEIGHTS[point] as number) * (probability + PER_QUEUE_SEC * queueSec);
    }
    return strain * pointSec;
  }

  /** Load at a point, in messages/s or (from `WIDTH` on) bytes/s; with a bundle that comes (1) or goes (-1). */
  #need(i: number, spread: 0 | 1, bundle: Bundle | undefined, sign: number): number {
    let expected = this.#sums[i] as number;
    if (bundle) expected = Math.max(0, expected + sign * (bundle.rows[bundle.at + i] as number));
    if (spread === 0 || i % WIDTH === MEASURED) return expected;
    let variance = this.#sums[i + POINTS] as number;
    if (bundle) variance = Math.max(0, variance + sign * (bundle.rows[bundle.at + i + POINTS] as number));
    return expected + Math.sqrt(variance);
  }

  /** Utilisation at a point by what is expected, with a bundle that comes. */
  at(point: number, spread: 0 | 1 = 0, bundle?: Bundle): number {
    const byMessages = this.#messages > 0 ? this.#need(point, spread, bundle, 1) / this.#messages : 0;
    const byBytes = this.#bytes > 0 ? this.#need(WIDTH + point, spread, bundle, 1) / this.#bytes : 0;
    return Math.max(byMessages, byBytes);
  }

  /** What a bundle that went added to its utilisation at a point. */
  added(bundle: Bundle, point: number, spread: 0 | 1): number {
    return this.at(point, spread, bundle) - this.at(point, spread);
  }

  /** The point of the highest utilisation. */
  peakPoint(spread: 0 | 1 = 0): number {
    let highest = 0;
    for (let point = 1; point < POINTS; point++)
      if (this.at(point, spread) > this.at(highest, spread)) highest = point;
    return highest;
  }

  peak(spread: 0 | 1 = 0, bundle?: Bundle): number {
    let peak = 0;
    for (let point = 0; point < POINTS; point++) peak = Math.max(peak, this.at(point, spread, bundle));
    return peak;
  }

  /** Messages/s at the fullest point: ranks hosts that have no capacity to compare with. */
  get busiest(): PerSec {
    let busiest = 0;
    for (let point = 0; point < POINTS; point++) busiest = Math.max(busiest, this.#sums[point] as number);
    return busiest;
  }
}
