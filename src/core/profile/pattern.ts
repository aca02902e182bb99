import type { Pattern } from "../forecast/session-profile.ts";
import type { Millis } from "../ports.ts";
import type { Share } from "../units.ts";
import { batchIntervals } from "./batches.ts";
import { cutOutages, type GapWindow, momentsOf } from "./gap-window.ts";
import { findPeriod, MAX_MULTIPLE, type Period } from "./period.ts";
import { isSamePeriod } from "./profile-change.ts";
import type { Spread } from "./rate-window.ts";

/** What a session's recent messages say of its rhythm. */
export interface Rhythm {
  readonly pattern: Pattern;
  readonly meanMs: Millis;
  /** Standard deviation of a gap ÷ its mean, outages cut. */
  readonly cv: number;
  /** Of "periodic", "keep-alive" and of a "streaming" session with a clear beat. */
  readonly periodMs?: Millis;
  readonly periodConfidence: Share;
}

export interface RhythmInput {
  /** Gaps between the latest messages, oldest first, ms. */
  readonly gaps: readonly number[];
  /** Latest bytes per second. */
  readonly bytesPerSec: number;
  /** The latest messages all had the same small payload. */
  readonly isSame: boolean;
  /** How the messages spread over the sliding window: of interest where there are many. */
  readonly spread: Spread;
  /** What it was before: leaves a pattern later than it enters it. */
  readonly before: Pattern;
}

/** Below this many gaps only a very regular rhythm is told. */
export const MIN_GAPS = 8;
/** Of 4 exponential gaps fewer than 1 in 500 windows are as regular as this. */
const EARLY = { gaps: 4, batches: 3, cv: 0.1 };
/**
 * Confidence that 1 in 1,000 windows of n exponential gaps reaches, simulated (n = 8: 0.82, 16: 0.55, 32: 0.35,
 * 64: 0.24): 0.3 + 4 / n is above all of them. Periodic with 10 % jitter has 0.8.
 */
const confidenceNeeded = (gaps: number): Share => 0.3 + 4 / gaps;
/** A fit so good that it tells a period even where the mean gap would do. */
const CLEAR = 0.7;
/** 93 % of the gaps fit: the others are outages, where they are few. */
const CERTAIN = 0.9;
/** Gaps from which silences can be told from outages. */
const CERTAIN_GAPS = 32;
/**
 * Regular enough, though jittered by more than the period's tolerance: well below the cv that 1 in 100 windows of n
 * exponential gaps stays under (simulated, n = 8: 0.40, 16: 0.55, 64: 0.75).
 */
const regularCv = (gaps: number): number => 0.6 - 2 / gaps;
/**
 * Most periods that a gap may take on average: with more messages missing than 3 of 4 it is what makes the device
 * send that matters, not the clock it looks at …
 */
const MOST_PERIODS = 4;
/**
 * … unless that clock is clear. Polled humidity sensors that send on change take 5 to 6 periods a gap in their first
 * weeks; of the confidences that tell them (bench:profile, half the devices) the least that costs no other device.
 */
const MOST_CLEAR_PERIODS = 8;
const CLEAR_CLOCK = 0.6;
/** Gaps beyond what the period explains are silences between bursts where they take more of the time than this … */
const MOST_SILENT = 0.5;
/** … and are more frequent: a device with an outage in 40 messages has so many in 1 window of 40. */
const GAPS_PER_SILENCE = 16;
/** Once periodic it stays so a little beyond the limits: a rhythm at the limit must not flap. */
const STAY = 1.25;
const STAY_REGULAR = 1.1;
/** A feed rather than single messages: faster than 4 a second … */
const STREAM_GAP_MS = 250;
/** … or 48 kB/s, what the smallest video takes (H.264 annex A, level 1.2: 384 kbit/s), at most 2 s apart. */
const STREAM_BPS = 48_000;
const STREAM_FRAME_MS = 2_000;
/** Faster than this is no keep-alive. */
const KEEP_ALIVE_MS = 1_000;
/**
 * Burstiness B of Goh & Barabási 2008 in the form of Kim & Jo 2016 (eq. 22) for few gaps: 0 for Poisson, 1 for extreme
 * bursts. 1 in 1,000 windows of 64 exponential gaps reaches 0.25 (cv 1.5 … 1.7).
 */
const BURSTY = 0.25;
/** A stream with so many silences in its window is rather bursts. */
const STREAM_SILENCES = 2;
/** … and so is one whose buckets differ so much: of a Poisson stream of 4 a second their cv is 0.22. */
const STREAM_UNEVENNESS = 0.5;

/** Kim & Jo 2016, eq. 22: r = cv of n gaps. */
export function burstiness(cv: number, gaps: number): number {
  const up = Math.sqrt(gaps + 1);
  const down = Math.sqrt(gaps - 1);
  return (up * cv - down) / ((up - 2) * cv + down);
}

/** Clockwork that runs now and then only: a meter's pulses while its boiler burns. */
function isNowAndThen({ gaps, sorted, meanMs }: GapWindow, periodMs: Millis): boolean {
  const limit = MAX_MULTIPLE * periodMs;
  let silentMs = 0;
  let silences = 0;
  for (let i = sorted.length - 1; i >= 0 && (sorted[i] as number) > limit; i--) {
    silentMs += sorted[i] as number;
    silences++;
  }
  return silences * GAPS_PER_SILENCE > gaps.length && silentMs > MOST_SILENT * meanMs * gaps.length;
}

/** Confident enough, and most periods have a message; a session that was periodic is given some leeway. */
function isPeriodOf(window: GapWindow, { confidence, periodMs }: Period, before: Pattern): boolean {
  const leeway = before === "periodic" || before === "keep-alive" ? STAY : 1;
  const { gaps, meanMs } = window;
  if (gaps.length >= CERTAIN_GAPS && isNowAndThen(window, periodMs * leeway)) return false;
  if (confidence >= CERTAIN) return true;
  const most = confidence >= CLEAR_CLOCK ? MOST_CLEAR_PERIODS : MOST_PERIODS;
  return confidence * leeway >= confidenceNeeded(gaps.length) && meanMs <= most * leeway * periodMs;
}

/** Of few gaps: only what is very regular. */
function earlyPeriod(gaps: readonly number[], least: number): Period | undefined {
  const { mean, cv } = momentsOf(gaps);
  return gaps.length >= least && cv <= EARLY.cv ? { periodMs: mean, confidence: 1 - cv } : undefined;
}

function periodOfBatches(intervals: readonly number[], before: Pattern): Period | undefined {
  if (intervals.length < MIN_GAPS) return earlyPeriod(intervals, EARLY.batches);
  const window = cutOutages(intervals);
  const found = findPeriod(window.gaps, window.sorted);
  return isPeriodOf(window, found, before) ? found : undefined;
}

/** The period of the gaps, or of the batches that the messages come in; `found`: what fits the gaps best. */
function periodOf(window: GapWindow, found: Period, before: Pattern): Period | undefined {
  const { gaps, sorted, meanMs, cv } = window;
  // Of what is known already a few gaps say nothing new.
  if (gaps.length < MIN_GAPS) return before === "unknown" ? earlyPeriod(gaps, EARLY.gaps) : undefined;
  const isFound = isPeriodOf(window, found, before);
  if (isFound && found.confidence >= CLEAR) return found;
  // A loop of varying duration: its mean is steadier than whatever period fits some of its gaps.
  if (cv <= regularCv(gaps.length) * (before === "periodic" ? STAY_REGULAR : 1))
    return { periodMs: meanMs, confidence: Math.max(found.confidence, 1 - 2 * cv) };
  if (isFound) return found;
  return periodOfBatches(batchIntervals(gaps, sorted), before);
}

function irregular({ gaps, cv }: GapWindow, before: Pattern): Pattern {
  if (gaps.length < MIN_GAPS) return before;
  const limit = before === "bursty" ? BURSTY / STAY : BURSTY;
  return burstiness(cv, gaps.length) >= limit ? "bursty" : "event-driven";
}

function isStreaming({ meanMs }: GapWindow, bytesPerSec: number): boolean {
  return meanMs <= STREAM_GAP_MS || (bytesPerSec >= STREAM_BPS && meanMs <= STREAM_FRAME_MS);
}

function isEven({ silences, unevenness }: Spread, before: Pattern): boolean {
  if (before === "bursty") return silences === 0 && unevenness < STREAM_UNEVENNESS / STAY;
  return silences < STREAM_SILENCES && unevenness < STREAM_UNEVENNESS;
}

function patternOf(window: GapWindow, period: Period | undefined, input: RhythmInput): Pattern {
  const { bytesPerSec, isSame, spread, before } = input;
  const { gaps } = window;
  if (gaps.length >= MIN_GAPS && isStreaming(window, bytesPerSec))
    return isEven(spread, before) ? "streaming" : "bursty";
  if (!period) return irregular(window, before);
  const isKeepAlive = isSame && gaps.length >= MIN_GAPS && period.periodMs >= KEEP_ALIVE_MS;
  return isKeepAlive ? "keep-alive" : "periodic";
}

/** Gaps that tell of a new rhythm while the window still holds the old one. */
const RECENT = 16;

/** Whether most of the gaps before were the same already: then something else makes the window irregular. */
function isOld(gaps: readonly number[], { periodMs }: Period): boolean {
  const before = gaps.slice(0, -RECENT);
  return 2 * before.filter((gap) => isSamePeriod(gap, periodMs)).length > before.length;
}

/** The window since the device was configured anew, and its period; undefined where it wasn't. */
function renewed(gaps: readonly number[], fit: Period, known?: Period): Judged | undefined {
  if (gaps.length <= RECENT || fit.confidence >= CERTAIN) return undefined;
  const window = cutOutages(gaps.slice(-RECENT));
  const period = findPeriod(window.gaps, window.sorted);
  const isNew = period.confidence >= CERTAIN && !isSamePeriod(period.periodMs, known?.periodMs);
  return isNew && !isOld(gaps, period) ? { window, period } : undefined;
}

interface Judged {
  readonly window: GapWindow;
  readonly period: Period | undefined;
}

function judged(gaps: readonly number[], before: Pattern): Judged {
  const window = cutOutages(gaps);
  const fit = findPeriod(window.gaps, window.sorted);
  const period = periodOf(window, fit, before);
  return renewed(gaps, fit, period) ?? { window, period };
}

/** Mean and cv of the gaps; of a periodic session's those that its period explains, at most. */
function gapMoments({ window, period }: Judged): { readonly meanMs: Millis; readonly cv: number } {
  const { gaps, sorted, meanMs, cv } = window;
  const limit = (period?.periodMs ?? 0) * MAX_MULTIPLE * STAY;
  if (!period || (sorted.at(-1) ?? 0) <= limit) return { meanMs, cv };
  const { mean, cv: spread } = momentsOf(gaps.filter((gap) => gap <= limit));
  return { meanMs: mean, cv: spread };
}

/** Classifies a session's rhythm from its latest gaps. */
export function rhythmOf(input: RhythmInput): Rhythm {
  const found = judged(input.gaps, input.before);
  const { window, period } = found;
  const pattern = patternOf(window, period, input);
  const hasPeriod = pattern === "periodic" || pattern === "keep-alive" || pattern === "streaming";
  if (!hasPeriod || !period) return { pattern, meanMs: window.meanMs, cv: window.cv, periodConfidence: 0 };
  const { periodMs, confidence } = period;
  return { pattern, ...gapMoments(found), periodMs, periodConfidence: confidence };
}
