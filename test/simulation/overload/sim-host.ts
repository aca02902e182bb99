import type { Measure } from "./measure.ts";
import { OVERLOAD_MS } from "./measure.ts";
import type { SimHostSpec } from "./scenario.ts";

const NOBODY = -1;

/** A message in a host's queue. */
export interface Queued {
  /** -1: nobody waits for it. */
  slot: number;
  readonly arrivedMs: number;
  startMs: number;
  doneMs: number;
  /** In messages. */
  readonly cost: number;
}

/** One host: a queue served in order, one message after the other. */
export class SimHost {
  readonly spec: SimHostSpec;
  readonly #measure: Measure;
  readonly #onDone: ((entry: Queued) => void) | undefined;
  #queue: Queued[] = [];
  #head = 0;
  #freeAtMs = 0;
  /** Until when it is down. */
  downUntilMs = Number.NEGATIVE_INFINITY;

  constructor(spec: SimHostSpec, measure: Measure, onDone?: (entry: Queued) => void) {
    this.spec = spec;
    this.#measure = measure;
    this.#onDone = onDone;
  }

  isDown(nowMs: number): boolean {
    return nowMs < this.downUntilMs;
  }

  rate(nowMs: number): number {
    return this.spec.perSec * this.spec.speed(nowMs);
  }

  get pending(): number {
    return this.#queue.length - this.#head;
  }

  waitMs(nowMs: number): number {
    return Math.max(0, this.#freeAtMs - nowMs);
  }

  /** Takes a message; `cost`: in messages. Returns when it is done with it. */
  take(slot: number, arrivedMs: number, nowMs: number, cost: number): number {
    const startMs = Math.max(nowMs, this.#freeAtMs, this.downUntilMs);
    const doneMs = startMs + (1000 * cost) / this.rate(startMs);
    this.#freeAtMs = doneMs;
    this.#queue.push({ slot, arrivedMs, startMs, doneMs, cost });
    return doneMs;
  }

  /** Work that nobody waits for. */
  burden(cost: number, nowMs: number): void {
    this.take(NOBODY, nowMs, nowMs, cost);
  }

  /** When it is done with what it has of a slot; now, where it has nothing. */
  doneMsOf(slot: number, nowMs: number): number {
    for (let i = this.#queue.length - 1; i >= this.#head; i--) {
      const entry = this.#queue[i] as Queued;
      if (entry.slot === slot) return Math.max(nowMs, entry.doneMs);
    }
    return nowMs;
  }

  /** Lets go what is done by now. */
  settle(nowMs: number): void {
    for (; this.#head < this.#queue.length; this.#head++) {
      const entry = this.#queue[this.#head] as Queued;
      if (entry.doneMs > nowMs) break;
      if (entry.slot !== NOBODY) this.#measure.delivered(entry.arrivedMs, entry.doneMs);
      this.#onDone?.(entry);
    }
    if (this.#head < 4096) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }

  /** Works off what it has when no more comes: who was served last of all waited longest, and counts like everybody. */
  finish(): void {
    this.settle(Number.POSITIVE_INFINITY);
  }

  sample(nowMs: number): void {
    if (this.#measure.isOn(nowMs) && this.waitMs(nowMs) > OVERLOAD_MS) this.#measure.overloadSec++;
  }

  /**
   * Takes away what a slot has in the queue: its arrivals. A host that was deposed drops what it has not begun; what it is
   * at, it does in vain.
   */
  revoke(slot: number, nowMs: number): number[] {
    const arrivals: number[] = [];
    const kept: Queued[] = [];
    let freeAtMs = Math.max(nowMs, this.downUntilMs);
    for (let i = this.#head; i < this.#queue.length; i++) {
      const entry = this.#queue[i] as Queued;
      const isBegun = entry.startMs < nowMs;
      if (entry.slot === slot) {
        arrivals.push(entry.arrivedMs);
        if (!isBegun) continue;
        entry.slot = NOBODY;
      }
      if (!isBegun) {
        entry.startMs = freeAtMs;
        entry.doneMs = freeAtMs + (1000 * entry.cost) / this.rate(freeAtMs);
      }
      freeAtMs = Math.max(freeAtMs, entry.doneMs);
      kept.push(entry);
    }
    if (arrivals.length === 0) return arrivals;
    this.#queue = kept;
    this.#head = 0;
    this.#freeAtMs = freeAtMs;
    return arrivals;
  }

  /** Goes down with its queue; what was in it, in order. */
  crash(nowMs: number, untilMs: number): Queued[] {
    this.settle(nowMs);
    const lost = this.#queue.slice(this.#head).filter(({ slot }) => slot !== NOBODY);
    this.#queue = [];
    this.#head = 0;
    this.#freeAtMs = untilMs;
    this.downUntilMs = untilMs;
    return lost;
  }
}
