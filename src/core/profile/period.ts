import type { Millis } from "../ports.ts";
import type { Share } from "../units.ts";
import { quantile } from "./gap-window.ts";

export interface Period {
  readonly periodMs: Millis;
  readonly confidence: Share;
}

/** A gap fits when it is this close to a multiple of the period, as a share of the period. */
const TOLERANCE = 0.15;
/** Share of gaps that fit by chance: a tolerance to either side of each multiple. */
const CHANCE = 2 * TOLERANCE;
/** Longest gap that still counts, in periods: suppressed (send on change: mostly 1-3, 12 seen) or lost (LoRaWAN) messages. */
export const MAX_MULTIPLE = 12;
/**
 * Share of gaps that must be one period long: or each period's half and third would fit as well. With a tenth, of random
 * gaps no more windows pass for periodic than with a fifth (simulated), and humidity sensors that keep most polls back
 * are told as early as others (bench:profile, the half of the devices that is chosen by).
 */
const MIN_SINGLE = 0.1;
/** Where candidates are taken from the sorted gaps, the likeliest first. */
const QUANTILES = [0.35, 0.15, 0.65, 0.05, 0.25, 0.5, 0.8] as const;
/** So good that no other candidate is looked at. */
const CERTAIN = 0.95;

interface Fit {
  readonly periodMs: Millis;
  /** Share of the gaps that fit. */
  readonly share: Share;
  /** Share of the gaps that are one period. */
  readonly single: Share;
}

function fitOf(gaps: readonly number[], candidateMs: Millis): Fit {
  let fitting = 0;
  let single = 0;
  let total = 0;
  let periods = 0;
  for (const gap of gaps) {
    const multiple = Math.round(gap / candidateMs);
    if (multiple < 1 || multiple > MAX_MULTIPLE) continue;
    if (Math.abs(gap - multiple * candidateMs) > TOLERANCE * candidateMs) continue;
    fitting++;
    if (multiple === 1) single++;
    total += gap;
    periods += multiple;
  }
  const { length } = gaps;
  const periodMs = periods > 0 ? total / periods : candidateMs;
  return { periodMs, share: fitting / length, single: single / length };
}

/** The fit around a candidate: moved twice to the mean of what fits, where anything much does. */
function refined(gaps: readonly number[], candidateMs: Millis): Fit {
  const first = fitOf(gaps, candidateMs);
  if (first.single < MIN_SINGLE / 2) return first;
  return fitOf(gaps, fitOf(gaps, first.periodMs).periodMs);
}

/**
 * The period that most gaps are small multiples of, and by how much more than chance; confidence 0: none.
 * Tolerates jitter up to 15 %, suppressed and lost messages; works on 4 gaps or more. The problem is that of a pulse
 * train with missing pulses (Sadler & Casey 1998, IEEE Trans. Signal Processing 46(11)); here over a window of gaps.
 */
export function findPeriod(gaps: readonly number[], sorted: readonly number[]): Period {
  let best: Period = { periodMs: 0, confidence: 0 };
  if (gaps.length < 4) return best;
  for (const q of QUANTILES) {
    const candidateMs = quantile(sorted, q);
    // Gaps of nothing: several messages at once, see batches.ts.
    if (candidateMs <= 0) continue;
    const { periodMs, share, single } = refined(gaps, candidateMs);
    const confidence = single < MIN_SINGLE ? 0 : Math.max(0, (share - CHANCE) / (1 - CHANCE));
    if (confidence > best.confidence) best = { periodMs, confidence };
    if (confidence >= CERTAIN) break;
  }
  return best;
}
