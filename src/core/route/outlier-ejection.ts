import type { Millis } from "../ports.ts";

export interface EjectionSettings {
  /** Errors in a row that eject a host. */
  readonly consecutiveErrors: number;
  /** First ejection; the n-th in a row lasts n times as long. */
  readonly baseMs: Millis;
  readonly maxMs: Millis;
  /** Most of the pool that may be out at once, 0..1. */
  readonly maxShare: number;
}

/** Envoy's defaults (`OutlierDetection`), but for the share: half of the pool, where Envoy's panic begins. */
const DEFAULTS: EjectionSettings = {
  consecutiveErrors: 5,
  baseMs: 30_000,
  maxMs: 300_000,
  maxShare: 0.5,
};

interface Health {
  errorsInRow: number;
  /** Ejections that followed each other: falls by one for each `baseMs` without. */
  ejections: number;
  ejectedUntilMs: Millis;
}

/** Takes hosts that answer with errors only out of the pool for a while, but never more than half of it. */
export class OutlierEjection {
  readonly #settings: EjectionSettings;
  readonly #hosts: Health[];
  readonly #most: number;

  constructor(size: number, settings: Partial<EjectionSettings> = {}) {
    this.#settings = { ...DEFAULTS, ...settings };
    this.#most = Math.floor(size * this.#settings.maxShare);
    this.#hosts = Array.from({ length: size }, () => ({
      errorsInRow: 0,
      ejections: 0,
      ejectedUntilMs: Number.NEGATIVE_INFINITY,
    }));
  }

  isEjected(index: number, nowMs: Millis): boolean {
    const health = this.#hosts[index];
    return health !== undefined && nowMs < health.ejectedUntilMs;
  }

  ejected(nowMs: Millis): number {
    let count = 0;
    for (const { ejectedUntilMs } of this.#hosts) if (nowMs < ejectedUntilMs) count++;
    return count;
  }

  /**
   * One answer of a host; true when it is ejected for it. `out`: hosts of the pool that are out for other reasons,
   * such as missed heartbeats; they count toward the half.
   */
  report(index: number, failed: boolean, nowMs: Millis, out = 0): boolean {
    const health = this.#hosts[index];
    if (!health) return false;
    if (!failed) {
      health.errorsInRow = 0;
      return false;
    }
    health.errorsInRow++;
    // Answers to what was sent before the ejection say nothing new.
    const isDue = health.errorsInRow >= this.#settings.consecutiveErrors && nowMs >= health.ejectedUntilMs;
    if (!isDue || this.ejected(nowMs) + out >= this.#most) return false;
    this.#eject(health, nowMs);
    return true;
  }

  #eject(health: Health, nowMs: Millis): void {
    const { baseMs, maxMs } = this.#settings;
    const calm = Math.floor((nowMs - health.ejectedUntilMs) / baseMs);
    health.ejections = Math.max(0, health.ejections - calm) + 1;
    health.ejectedUntilMs = nowMs + Math.min(maxMs, baseMs * health.ejections);
    health.errorsInRow = 0;
  }
}
