import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock } from "../../core/ports.ts";
import type { PerSec } from "../../core/units.ts";

/** Share of a lower sample that enters the estimate: a host does not get slow in one interval. */
const FALL = 0.1;
/** Share of an interval without work up to which the rate says how much the flow can do, not how much came. */
const MOST_IDLE = 0.05;
/** Of a core: the flow's own work is what its messages wait for. */
const BUSY_CPU = 0.8;
/** Sampling period of the event-loop delay, ms: also the least it can tell. */
const RESOLUTION_MS = 10;

type CpuUsage = (before?: NodeJS.CpuUsage) => NodeJS.CpuUsage;

export interface LoadSample {
  readonly serviceRatePerSec?: PerSec;
  readonly loopDelayP99Ms: number;
  readonly cpu: number;
  readonly memoryBytes: number;
}

/** What a host measures of itself between two heartbeats. */
export class LoadMeter {
  readonly #clock: Clock;
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #cpuUsage: CpuUsage;
  #cpu: NodeJS.CpuUsage;
  #sinceMs: number;
  /** Messages in the flow's hands. */
  #inFlow = 0;
  #finished = 0;
  /** Since when the flow has had nothing; undefined: it has. */
  #idleSinceMs: number | undefined;
  /** Time it had nothing in this interval. */
  #idleMs = 0;
  /** It had one slot's message at a time: a slot's rate is the host's only where the processor is what is busy. */
  #wasDry = true;
  #servicePerSec: PerSec | undefined;

  constructor(clock: Clock, cpuUsage: CpuUsage = (before) => process.cpuUsage(before)) {
    this.#cpuUsage = cpuUsage;
    this.#cpu = cpuUsage();
    this.#clock = clock;
    this.#sinceMs = clock.now();
    this.#idleSinceMs = this.#sinceMs;
    this.#delay.enable();
  }

  delivered(): void {
    this.#inFlow++;
    if (this.#idleSinceMs === undefined) return;
    this.#idleMs += Math.max(0, this.#clock.now() - this.#idleSinceMs);
    this.#idleSinceMs = undefined;
  }

  finished(): void {
    this.#finished++;
    this.#inFlow = Math.max(0, this.#inFlow - 1);
    // The next one may follow within the same turn: a slot's messages are handed over one at a time.
    if (this.#inFlow > 0) return;
    this.#wasDry = true;
    this.#idleSinceMs ??= this.#clock.now();
  }

  /** Ends the interval. */
  sample(): LoadSample {
    const nowMs = this.#clock.now();
    const elapsedMs = Math.max(1, nowMs - this.#sinceMs);
    const cpu = this.#cpuUsage(this.#cpu);
    if (this.#idleSinceMs !== undefined) {
      this.#idleMs += Math.max(0, nowMs - this.#idleSinceMs);
      this.#idleSinceMs = nowMs;
    }
    const cpuShare = (cpu.user + cpu.system) / 1000 / elapsedMs;
    const isBusy = this.#idleMs <= MOST_IDLE * elapsedMs && (!this.#wasDry || cpuShare >= BUSY_CPU);
    if (this.#finished > 0 && isBusy) this.#learn((this.#finished * 1000) / elapsedMs);
    const p99Ms = this.#delay.percentile(99) / 1e6;
    this.#delay.reset();
    this.#cpu = this.#cpuUsage();
    this.#sinceMs = nowMs;
    this.#finished = 0;
    this.#idleMs = 0;
    this.#wasDry = this.#inFlow === 0;
    return {
      ...(this.#servicePerSec === undefined ? undefined : { serviceRatePerSec: this.#servicePerSec }),
      // The histogram holds the time between its own ticks.
      loopDelayP99Ms: Number.isFinite(p99Ms) ? Math.max(0, p99Ms - RESOLUTION_MS) : 0,
      cpu: cpuShare,
      memoryBytes: process.memoryUsage.rss(),
    };
  }

  #learn(perSec: PerSec): void {
    const before = this.#servicePerSec ?? 0;
    this.#servicePerSec = perSec > before ? perSec : before + FALL * (perSec - before);
  }

  close(): void {
    this.#delay.disable();
  }
}
