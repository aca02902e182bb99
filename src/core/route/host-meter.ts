import type { Millis } from "../ports.ts";
import type { HostFeedback } from "./host-view.ts";
import { PeakEwma } from "./peak-ewma.ts";

/** Feedback older than that tells nothing of now, and what was sent that long ago without an answer has none. */
export const STALE_MS = 10_000;
/** What a failure costs at least, however fast it came; decays like a latency. */
export const FAILURE_PENALTY_MS = 1000;
/** Below it, differences are noise of the clock. */
const LEAST_LATENCY_MS = 0.1;
/** A host that never answered is asked once; more than that waits for its answer. */
const UNKNOWN_LATENCY_MS = 1000;

/** What one host was sent, and how it answers. */
export class HostMeter {
  readonly #latency = new PeakEwma();
  readonly #penalty = new PeakEwma();
  #pending = 0;
  #sent = 0;
  #sentBefore = 0;
  #heardAtMs: Millis = Number.NEGATIVE_INFINITY;

  /** Sent and not answered. */
  get pending(): number {
    return this.#pending;
  }

  /** Sent in this window and the one before. */
  get sent(): number {
    return this.#sent + this.#sentBefore;
  }

  isFresh(nowMs: Millis): boolean {
    return nowMs - this.#heardAtMs <= STALE_MS;
  }

  countSent(): void {
    this.#pending++;
    this.#sent++;
  }

  /** True where the answer was awaited. */
  countAnswer({ latencyMs, failed }: HostFeedback, nowMs: Millis): boolean {
    this.#heardAtMs = nowMs;
    if (failed) this.#penalty.observe(FAILURE_PENALTY_MS, nowMs);
    // A fast failure must not look like a fast host (linkerd2-proxy #4537), a slow one is slow.
    const tells = latencyMs !== undefined && (!failed || latencyMs > this.#latency.value);
    if (tells) this.#latency.observe(Math.max(LEAST_LATENCY_MS, latencyMs), nowMs);
    if (this.#pending === 0) return false;
    this.#pending--;
    return true;
  }

  /**
   * A window of STALE_MS is over: returns how many messages are given up, older than a window without an answer. A
   * host that answered none of them in all that time is punished as for a failure.
   */
  turnWindow(nowMs: Millis): number {
    const given = Math.max(0, this.#pending - this.#sent);
    this.#pending -= given;
    this.#sentBefore = this.#sent;
    this.#sent = 0;
    const isHung = this.#latency.isKnown && !this.isFresh(nowMs);
    if (given > 0 && isHung) this.#penalty.observe(FAILURE_PENALTY_MS, nowMs);
    return given;
  }

  /** Expected time to one answer; undefined before the first. While something is awaited, silence is no good news. */
  latencyMs(nowMs: Millis): Millis | undefined {
    if (!this.#latency.isKnown) return undefined;
    const latency = this.#pending > 0 ? this.#latency.value : this.#latency.at(nowMs);
    return Math.max(LEAST_LATENCY_MS, latency);
  }

  /** What remains of past failures. */
  penaltyMs(nowMs: Millis): Millis {
    return this.#penalty.at(nowMs);
  }

  /** Cost of one more message, before the host's weight (DESIGN.md section 7). */
  cost(nowMs: Millis): Millis {
    const latency = this.latencyMs(nowMs);
    const queue = latency === undefined ? UNKNOWN_LATENCY_MS * this.#pending : latency * (this.#pending + 1);
    return Math.max(queue, this.penaltyMs(nowMs));
  }
}
