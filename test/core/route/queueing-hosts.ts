import type { Millis, Random } from "../../../src/core/ports.ts";
import type { Balancer } from "../../../src/core/route/balancer.ts";

/** A host that works on one message after the other. */
export interface SimulatedHost {
  readonly host: string;
  /** Mean time one message takes at a time; Infinity: it hangs. */
  readonly serviceMs: (atMs: Millis) => Millis;
  /** It answers with an error, after 1 ms. */
  readonly fails?: (atMs: Millis) => boolean;
}

export interface Outcome {
  readonly counts: readonly number[];
  /** Of all answered messages, in order of sending. */
  readonly latencies: readonly Millis[];
  readonly failures: number;
  readonly undelivered: number;
}

interface Answer {
  readonly atMs: Millis;
  readonly host: number;
  readonly latencyMs: Millis;
  readonly failed: boolean;
}

export interface Load {
  readonly perSec: number;
  readonly fromMs: Millis;
  readonly forMs: Millis;
}

const exponential = (random: Random, mean: number): number => -Math.log(1 - random.next()) * mean;

/** Single-server queues behind a balancer, in fake time: random arrivals and service times (M/M/1 each). */
export class QueueingHosts {
  readonly #balancer: Balancer;
  readonly #hosts: readonly SimulatedHost[];
  readonly #random: Random;
  readonly #freeAtMs: Millis[];
  #answers: Answer[] = [];

  constructor(balancer: Balancer, hosts: readonly SimulatedHost[], random: Random) {
    this.#balancer = balancer;
    this.#hosts = hosts;
    this.#random = random;
    this.#freeAtMs = hosts.map(() => 0);
  }

  run({ perSec, fromMs, forMs }: Load): Outcome {
    const counts = this.#hosts.map(() => 0);
    const latencies: Millis[] = [];
    let failures = 0;
    let undelivered = 0;
    let nowMs = fromMs;
    while (nowMs < fromMs + forMs) {
      this.#answerUntil(nowMs);
      const picked = this.#balancer.pick(nowMs);
      if (picked < 0) undelivered++;
      else {
        counts[picked] = (counts[picked] ?? 0) + 1;
        const { latencyMs, failed } = this.#work(picked, nowMs);
        if (failed) failures++;
        else latencies.push(latencyMs);
      }
      nowMs += exponential(this.#random, 1000 / perSec);
    }
    return { counts, latencies, failures, undelivered };
  }

  #work(index: number, nowMs: Millis): Answer {
    const { serviceMs, fails } = this.#hosts[index] as SimulatedHost;
    const failed = fails?.(nowMs) ?? false;
    const startMs = Math.max(nowMs, this.#freeAtMs[index] as number);
    const endMs = failed ? nowMs + 1 : startMs + exponential(this.#random, serviceMs(nowMs));
    if (!failed && Number.isFinite(endMs)) this.#freeAtMs[index] = endMs;
    const answer = { atMs: endMs, host: index, latencyMs: endMs - nowMs, failed };
    if (Number.isFinite(endMs)) this.#answers.push(answer);
    return answer;
  }

  #answerUntil(nowMs: Millis): void {
    const due = this.#answers.filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.atMs - b.atMs);
    if (due.length === 0) return;
    this.#answers = this.#answers.filter(({ atMs }) => atMs > nowMs);
    for (const { atMs, host, latencyMs, failed } of due)
      this.#balancer.feedback({ host: (this.#hosts[host] as SimulatedHost).host, latencyMs, failed }, atMs);
  }
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
