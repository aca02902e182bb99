import type { DataKind, Pattern } from "../forecast/session-profile.ts";
import type { Millis } from "../ports.ts";
import type { Share } from "../units.ts";
import { ascending, momentsOf, quantile } from "./gap-window.ts";
import { type Rhythm, rhythmOf } from "./pattern.ts";
import { DATA_KINDS } from "./payload-kind.ts";
import { isSameRhythm } from "./profile-change.ts";
import { RATE_CELLS, RateWindow, type WindowTotals } from "./rate-window.ts";
import type { SessionSummary, Sizes } from "./session-facts.ts";

/** Gaps and sizes remembered: enough to tell periodic from chance (see pattern.ts). */
const WINDOW = 64;
/** A session is reviewed when an eighth of its window is new … */
const REVIEW_SHIFT = 3;
/** … at most once a second, and each time that nothing changed twice as long after, up to 16 s. */
const REVIEW_MS = 1_000;
const SELDOM_MS = 16_000;
/** Equal payloads in a row that make a periodic session's messages keep-alives. */
const SAME_RUN = 8;
/** Messages in the rate window from which its rates hold; with fewer the mean gap tells more. */
const MIN_COUNTED = 8;
/** Messages after which what was seen of kinds before counts half (exponential decay: Cormode et al. 2009, ICDE). */
const HALVE_KINDS = 256;
/**
 * Where things begin in a meter's one array: each array has a header of 200 bytes, and there are thousands of meters.
 * Seven digits: of a gap of a day they are 8 ms.
 */
const GAPS = 0;
const SIZES: number = GAPS + WINDOW;
const KINDS: number = SIZES + WINDOW;
const RATES: number = KINDS + DATA_KINDS.length;

function sizesOf(bytes: readonly number[]): Sizes {
  const ordered = ascending(bytes);
  // One byte more: empty payloads have a size, too.
  const logs = bytes.map((size) => Math.log1p(size));
  const { mean, cv } = momentsOf(logs);
  return {
    p50: quantile(ordered, 0.5),
    p95: quantile(ordered, 0.95),
    typical: Math.expm1(mean),
    spread: cv * mean,
  };
}

/** What is known of a session's rhythm for the time being. */
type State = Pick<Rhythm, "pattern" | "periodMs" | "periodConfidence">;

const UNKNOWN: State = { pattern: "unknown", periodConfidence: 0 };

/**
 * Measures one session over sliding windows: `observe` per message, O(1) and without allocation; `review` when it
 * says so, some microseconds. Bounded memory: see test/bench/observe.ts.
 */
export class SessionMeter {
  readonly #cells = new Float32Array(RATES + RATE_CELLS);
  readonly #rates: RateWindow;
  /** Messages so far, and gaps and sizes of them in the rings. */
  #messages = 0;
  #gapCount = 0;
  #lastMs: Millis = 0;
  #kindsSeen = 0;
  #mark = 0;
  #sameRun = 0;
  #state: State = UNKNOWN;
  /** A state that the last review found and the next must confirm. */
  #candidate: State | undefined;
  #newGaps = 0;
  #reviewAtMs: Millis = 0;
  #restMs: Millis = REVIEW_MS;

  /** `windowMs`: the sliding window of the rates. */
  constructor(windowMs: Millis, atMs: Millis) {
    this.#rates = new RateWindow(windowMs, atMs, this.#cells, RATES);
  }

  get pattern(): Pattern {
    return this.#state.pattern;
  }

  /**
   * Counts one message. `kind` is an index of DATA_KINDS, `mark` tells small payloads apart (0: not comparable).
   * Returns whether a review is due.
   */
  observe(atMs: Millis, bytes: number, kind: number, mark: number): boolean {
    if (this.#messages > 0) this.#addGap(Math.max(0, atMs - this.#lastMs));
    this.#lastMs = atMs;
    this.#cells[SIZES + (this.#messages % WINDOW)] = bytes;
    this.#messages++;
    this.#rates.add(atMs, bytes);
    this.#addKind(kind, bytes);
    this.#sameRun = mark !== 0 && mark === this.#mark ? this.#sameRun + 1 : 1;
    this.#mark = mark;
    if (this.#sameRun === 1 && this.#state.pattern === "keep-alive") return this.#awake();
    if (atMs < this.#reviewAtMs) return false;
    return this.#newGaps >= Math.max(1, this.#gapCount >> REVIEW_SHIFT) || this.#messages === 1;
  }

  #addGap(gapMs: Millis): void {
    this.#cells[GAPS + ((this.#messages - 1) % WINDOW)] = gapMs;
    if (this.#gapCount < WINDOW) this.#gapCount++;
    this.#newGaps++;
  }

  #addKind(kind: number, bytes: number): void {
    const cells = this.#cells;
    cells[KINDS + kind] = (cells[KINDS + kind] as number) + bytes;
    if (++this.#kindsSeen < HALVE_KINDS) return;
    this.#kindsSeen = 0;
    for (let i = KINDS; i < RATES; i++) cells[i] = (cells[i] as number) / 2;
  }

  /** Out of keep-alive at once: something happened; the window begins anew. */
  #awake(): boolean {
    this.#state = { pattern: "event-driven", periodConfidence: 0 };
    this.#candidate = undefined;
    this.#gapCount = 0;
    return true;
  }

  /** Judges the recent messages anew; the summary's pattern is the session's from now on. */
  review(atMs: Millis): SessionSummary {
    const rates = this.#rates.read(atMs);
    const gaps = this.#latest(GAPS, this.#gapCount, this.#messages - 1);
    const rhythm = rhythmOf({
      gaps,
      bytesPerSec: (rates.bytes * 1000) / rates.spanMs,
      isSame: this.#sameRun >= SAME_RUN,
      spread: this.#rates.spread(),
      before: this.#state.pattern,
    });
    this.#settle(rhythm);
    this.#newGaps = 0;
    this.#reviewAtMs = atMs + this.#restMs;
    return this.#summary(rhythm, rates);
  }

  /** Takes a state over when two reviews agree on it: a rhythm at a limit must not flap. */
  #settle(found: State): void {
    const isSettled = isSameRhythm(found, this.#state);
    const isKnown = this.#state.pattern !== "unknown";
    const isConfirmed = this.#candidate !== undefined && isSameRhythm(this.#candidate, found);
    const isTaken = isSettled || !isKnown || isConfirmed;
    this.#restMs = isSettled && isKnown ? Math.min(SELDOM_MS, 2 * this.#restMs) : REVIEW_MS;
    if (isTaken) this.#state = found;
    this.#candidate = isTaken ? undefined : found;
  }

  /** A ring's latest values, oldest first. */
  #latest(ring: number, count: number, next: number): number[] {
    const values: number[] = [];
    for (let i = next - count; i < next; i++) values.push(this.#cells[ring + (i % WINDOW)] as number);
    return values;
  }

  #summary({ meanMs, cv }: Rhythm, rates: WindowTotals): SessionSummary {
    const { pattern, periodMs, periodConfidence } = this.#state;
    const sizes = this.#latest(SIZES, Math.min(WINDOW, this.#messages), this.#messages);
    const { mean: meanBytes } = momentsOf(sizes);
    const isCounted = rates.messages >= MIN_COUNTED;
    const perSec = isCounted ? (rates.messages * 1000) / rates.spanMs : meanMs > 0 ? 1000 / meanMs : 0;
    return {
      messages: sizes.length,
      messagesPerSec: perSec,
      bytesPerSec: isCounted ? (rates.bytes * 1000) / rates.spanMs : perSec * meanBytes,
      interArrival: { meanMs, cv },
      meanBytes,
      sizes: sizesOf(sizes),
      pattern,
      ...(periodMs === undefined ? undefined : { periodMs }),
      periodConfidence,
      dataTypes: this.#shares(),
    };
  }

  #shares(): Partial<Record<DataKind, Share>> {
    let total = 0;
    for (const bytes of this.#cells.subarray(KINDS, RATES)) total += bytes;
    const shares: Partial<Record<DataKind, Share>> = {};
    for (const [i, kind] of DATA_KINDS.entries()) {
      const bytes = this.#cells[KINDS + i] ?? 0;
      if (bytes > 0) shares[kind] = bytes / total;
    }
    return shares;
  }
}
