import type { Clock } from "../core/ports.ts";

/** Wall time that never steps back: immune to NTP steps, unlike Date.now(). */
export const systemClock: Clock = { now: () => performance.timeOrigin + performance.now() };
