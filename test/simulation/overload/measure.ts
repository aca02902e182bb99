import { WARM_UP_MS } from "./scenario.ts";

/** Queueing for longer than this is overload. */
export const OVERLOAD_MS = 500;
/** Buckets per factor of e: 2 % wide. */
const PER_E = 50;
const LEAST_MS = 0.1;
const BUCKETS = 800;

/** What one policy did to one scenario, after the warm-up. */
export class Measure {
  readonly #warmUpMs: number;
  readonly #latencies = new Float64Array(BUCKETS);
  #delivered = 0;
  overloadSec = 0;
  dropped = 0;
  moves = 0;
  reordered = 0;
  mirroredSlotSec = 0;
  slotSec = 0;
  readonly pausesMs: number[] = [];

  constructor(warmUpMs: number = WARM_UP_MS) {
    this.#warmUpMs = warmUpMs;
  }

  isOn(atMs: number): boolean {
    return atMs >= this.#warmUpMs;
  }

  delivered(arrivedMs: number, doneMs: number): void {
    if (!this.isOn(arrivedMs)) return;
    const latencyMs = Math.max(LEAST_MS, doneMs - arrivedMs);
    const bucket = Math.min(BUCKETS - 1, Math.round(PER_E * Math.log(latencyMs / LEAST_MS)));
    this.#latencies[bucket] = (this.#latencies[bucket] as number) + 1;
    this.#delivered++;
  }

  /** Latency that this share of the messages had at most. */
  quantileMs(share: number): number {
    let left = share * this.#delivered;
    for (let i = 0; i < BUCKETS; i++) {
      left -= this.#latencies[i] as number;
      if (left <= 0) return LEAST_MS * Math.exp(i / PER_E);
    }
    return Number.POSITIVE_INFINITY;
  }

  get count(): number {
    return this.#delivered;
  }
}
