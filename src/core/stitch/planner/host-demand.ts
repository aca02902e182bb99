import type { PerSec } from "../../units.ts";
import { POINTS, WIDTH } from "./demand.ts";
import type { PlannedHost } from "./plan-types.ts";

/** What a host's slots are going to need at each point ahead, against what it can carry. */
export class HostDemand {
  readonly plan: PlannedHost;
  /** Slots it carries after the plan, by their index in the input. */
  readonly slots: number[] = [];
  readonly #load = new Float64Array(WIDTH);
  /** 0: no such limit. */
  readonly #messages: PerSec;
  readonly #bytes: number;

  constructor(plan: PlannedHost) {
    this.plan = plan;
    this.#messages = plan.capacity.messagesPerSec ?? 0;
    this.#bytes = plan.capacity.bytesPerSec ?? 0;
  }

  get hasCapacity(): boolean {
    return this.#messages > 0 || this.#bytes > 0;
  }

  add(slot: number, demand: Float64Array): void {
    this.slots.push(slot);
    const at = slot * WIDTH;
    for (let i = 0; i < WIDTH; i++) (this.#load[i] as number) += demand[at + i] as number;
  }

  remove(slot: number, demand: Float64Array): void {
    this.slots.splice(this.slots.indexOf(slot), 1);
    const at = slot * WIDTH;
    for (let i = 0; i < WIDTH; i++)
      this.#load[i] = Math.max(0, (this.#load[i] as number) - (demand[at + i] as number));
  }

  #utilisation(point: number, messages: number, bytes: number): number {
    const byMessages = this.#messages > 0 ? ((this.#load[point] as number) + messages) / this.#messages : 0;
    const byBytes = this.#bytes > 0 ? ((this.#load[POINTS + point] as number) + bytes) / this.#bytes : 0;
    return Math.max(byMessages, byBytes);
  }

  /** The point of the highest utilisation, of the first `points`. */
  peakPoint(points: number): number {
    let highest = 0;
    for (let point = 1; point < points; point++)
      if (this.#utilisation(point, 0, 0) > this.#utilisation(highest, 0, 0)) highest = point;
    return highest;
  }

  peak(points: number): number {
    return this.#utilisation(this.peakPoint(points), 0, 0);
  }

  /** The peak if it carried the slot too. */
  peakWith(slot: number, demand: Float64Array, points: number): number {
    const at = slot * WIDTH;
    let peak = 0;
    for (let point = 0; point < points; point++) {
      const used = this.#utilisation(
        point,
        demand[at + point] as number,
        demand[at + POINTS + point] as number,
      );
      if (used > peak) peak = used;
    }
    return peak;
  }

  /** What a slot adds at a point, of the limit that is the tightest there. */
  contribution(slot: number, demand: Float64Array, point: number): number {
    const byMessages = this.#messages > 0 ? (this.#load[point] as number) / this.#messages : 0;
    const byBytes = this.#bytes > 0 ? (this.#load[POINTS + point] as number) / this.#bytes : 0;
    const at = slot * WIDTH + point;
    if (byBytes > byMessages) return (demand[at + POINTS] as number) / this.#bytes;
    return this.#messages > 0 ? (demand[at] as number) / this.#messages : 0;
  }

  /** Messages/s at the fullest point: ranks hosts that have no capacity to compare with. */
  busiest(points: number): PerSec {
    let busiest = 0;
    for (let point = 0; point < points; point++) busiest = Math.max(busiest, this.#load[point] as number);
    return busiest;
  }
}
