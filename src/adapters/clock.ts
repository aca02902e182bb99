import type { Clock } from "../core/ports.ts";

/** Read once: the getter costs as much as the clock. */
const ORIGIN_MS = performance.timeOrigin;

/** Wall time that never steps back: immune to NTP steps, unlike Date.now(). */
export const systemClock: Clock = { now: () => ORIGIN_MS + performance.now() };

/** Wall time with its steps: whoever orders by it must follow NTP's correction of a clock that was wrong at the start. */
export const wallClock: Clock = { now: () => Date.now() };
