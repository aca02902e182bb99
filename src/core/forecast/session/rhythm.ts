import type { Millis } from "../../ports.ts";

export interface RhythmInput {
  /** The latest message. */
  readonly lastAtMs: Millis;
  readonly periodMs: Millis;
  /** Where the first step begins. */
  readonly fromMs: Millis;
  readonly stepMs: Millis;
  readonly steps: number;
}

/** Part of a period by which a message may be late before it counts as lost. */
const LATE = 0.5;

/**
 * Messages per step if the device keeps its rhythm: the latest one's phase goes on. One that is a little late is
 * due at once and the others after it; one that is later was lost, and the grid stands.
 */
export function rhythmOf({ lastAtMs, periodMs, fromMs, stepMs, steps }: RhythmInput): number[] {
  const overdue = (fromMs - lastAtMs) / periodMs;
  const isLate = overdue > 1 && overdue < 1 + LATE;
  const phaseMs = isLate ? fromMs : lastAtMs;
  /** Messages of the grid before `atMs`, counted from the phase. */
  const before = (atMs: Millis): number => Math.ceil((atMs - phaseMs) / periodMs);
  // As long as it will be from the start: an array that grew keeps room it never needs.
  const counts: number[] = Array.from({ length: steps }, () => 0);
  let passed = before(fromMs);
  for (let i = 1; i <= steps; i++) {
    const next = before(fromMs + i * stepMs);
    counts[i - 1] = next - passed;
    passed = next;
  }
  return counts;
}
