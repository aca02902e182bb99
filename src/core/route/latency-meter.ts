import type { Millis } from "../ports.ts";

/** Upper bounds of what is counted for ever, ms: from a wire's hop to a host that is as good as away. */
export const LATENCY_BOUNDS_MS: readonly Millis[] = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000,
];
/** Of the recent ones bounds are so far apart that a quantile is right to a tenth. */
const LEAST_MS = 0.1;
const STEP = 1.2;
const STEPS = 80;
/** What is recent: this window and the one before. */
const WINDOW_MS = 15_000;
const NONE = new Uint32Array(STEPS);

/** A host's latency now, for people. */
export interface LatencyNow {
  readonly p50Ms: Millis;
  readonly p99Ms: Millis;
}

/** How long a host takes: counted for ever by `LATENCY_BOUNDS_MS`, and quantiles of the last half minute at most. */
export class LatencyMeter {
  /** How many were within each bound and above the one before; the last: above all of them. */
  readonly counts: number[] = Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, () => 0);
  #sumMs: Millis = 0;
  #window = new Uint32Array(STEPS);
  #before: Uint32Array = NONE;
  #sinceMs: Millis = Number.NEGATIVE_INFINITY;

  get isKnown(): boolean {
    return this.counts.some((count) => count > 0);
  }

  get sumMs(): Millis {
    return this.#sumMs;
  }

  observe(latencyMs: Millis, nowMs: Millis): void {
    const ms = Math.max(0, latencyMs);
    this.#turn(nowMs);
    this.#sumMs += ms;
    const bound = LATENCY_BOUNDS_MS.findIndex((most) => ms <= most);
    increment(this.counts, bound < 0 ? LATENCY_BOUNDS_MS.length : bound);
    const step = ms <= LEAST_MS ? 0 : Math.ceil(Math.log(ms / LEAST_MS) / Math.log(STEP));
    increment(this.#window, Math.min(STEPS - 1, step));
  }

  /** undefined: nothing recent. */
  now(nowMs: Millis): LatencyNow | undefined {
    this.#turn(nowMs);
    const recent = this.#window.map((count, i) => count + (this.#before[i] ?? 0));
    const all = recent.reduce((sum, count) => sum + count, 0);
    return all === 0 ? undefined : { p50Ms: quantile(recent, all / 2), p99Ms: quantile(recent, all * 0.99) };
  }

  #turn(nowMs: Millis): void {
    const passed = nowMs - this.#sinceMs;
    if (passed < WINDOW_MS) return;
    this.#before = passed < 2 * WINDOW_MS ? this.#window : NONE;
    this.#window = new Uint32Array(STEPS);
    this.#sinceMs = nowMs;
  }
}

function increment(counts: number[] | Uint32Array, at: number): void {
  counts[at] = (counts[at] ?? 0) + 1;
}

/** Middle, on the log scale, of the step in which the `rank`-th is. */
function quantile(counts: Uint32Array, rank: number): Millis {
  let seen = 0;
  const step = counts.findIndex((count) => {
    seen += count;
    return seen >= rank;
  });
  return LEAST_MS * STEP ** (step - 0.5);
}
