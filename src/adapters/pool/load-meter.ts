import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock } from "../../core/ports.ts";
import type { PerSec } from "../../core/units.ts";

/** Share of a lower sample that enters the estimate: a host does not get slow in one interval. */
const FALL = 0.1;
/** Sampling period of the event-loop delay, ms: also the least it can tell. */
const RESOLUTION_MS = 10;

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
  #cpu = process.cpuUsage();
  #sinceMs: number;
  /** Messages in the flow's hands. */
  #inFlow = 0;
  #finished = 0;
  /** The flow ran dry in this interval: then its rate says how much came, not how much it can do. */
  #wasIdle = true;
  #servicePerSec: PerSec | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.now();
    this.#delay.enable();
  }

  delivered(): void {
    this.#inFlow++;
  }

  finished(): void {
    this.#finished++;
    this.#inFlow = Math.max(0, this.#inFlow - 1);
    if (this.#inFlow === 0) this.#wasIdle = true;
  }

  /** Ends the interval. */
  sample(): LoadSample {
    const nowMs = this.#clock.now();
    const elapsedMs = Math.max(1, nowMs - this.#sinceMs);
    const cpu = process.cpuUsage(this.#cpu);
    if (!this.#wasIdle && this.#finished > 0) this.#learn((this.#finished * 1000) / elapsedMs);
    const p99Ms = this.#delay.percentile(99) / 1e6;
    this.#delay.reset();
    this.#cpu = process.cpuUsage();
    this.#sinceMs = nowMs;
    this.#finished = 0;
    this.#wasIdle = this.#inFlow === 0;
    return {
      ...(this.#servicePerSec === undefined ? undefined : { serviceRatePerSec: this.#servicePerSec }),
      // The histogram holds the time between its own ticks.
      loopDelayP99Ms: Number.isFinite(p99Ms) ? Math.max(0, p99Ms - RESOLUTION_MS) : 0,
      cpu: (cpu.user + cpu.system) / 1000 / elapsedMs,
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
