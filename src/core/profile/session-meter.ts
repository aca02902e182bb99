import type { DataKind, Pattern } from "../forecast/session-profile.ts";
import type { Millis } from "../ports.ts";
import type { Share } from "../units.ts";
import { quantile } from "./gap-window.ts";
import { type Rhythm, rhythmOf } from "./pattern.ts";
import { DATA_KINDS } from "./payload-kind.ts";
import { RateWindow, type WindowTotals } from "./rate-window.ts";
import type { SessionSummary } from "./session-facts.ts";

/** Gaps and sizes remembered: enough to tell periodic from chance (see pattern.ts), 1 kB a session. */
const WINDOW = 64;
/** A session is reviewed when an eighth of its window is new, and at most once a second. */
const REVIEW_SHIFT = 3;
const REVIEW_MS = 1_000;
/** Equal payloads in a row that make a periodic session's messages keep-alives. */
const SAME_RUN = 8;
/** Messages in the rate window from which its rates hold; with fewer the mean gap tells more. */
const MIN_COUNTED = 8;
/** Messages after which what was seen of kinds before counts half. */
const HALVE_KINDS = 256;
/** A period that differs by less is the same one: two windows of 10 % jitter differ by 3 % at most. */
const PERIOD_DRIFT = 0.2;

/** What is known of a session's rhythm for the time being. */
type State = Pick<Rhythm, "pattern" | "periodMs" | "periodConfidence">;

const UNKNOWN: State = { pattern: "unknown", periodConfidence: 0 };

function isSamePeriod(a: Millis | undefined, b: Millis | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Math.abs(a - b) <= PERIOD_DRIFT * Math.max(a, b);
}

/** Whether two states are the same to whoever listens to changes. */
function isSame(a: State, b: State): boolean {
  return a.pattern === b.pattern && (a.pattern === "streaming" || isSamePeriod(a.periodMs, b.periodMs));
}

/**
 * Measures one session over sliding windows: `observe` per message, O(1) and without allocation; `review` when it
 * says so, some microseconds. Bounded memory: see test/bench/observe.ts.
 */
export class SessionMeter {
  readonly #gaps = new Float64Array(WINDOW);
  readonly #sizes = new Float64Array(WINDOW);
  readonly #kinds = new Float64Array(DATA_KINDS.length);
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

  /** `windowMs`: the sliding window of the rates. */
  constructor(windowMs: Millis, atMs: Millis) {
    this.#rates = new RateWindow(windowMs, atMs);
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
    this.#sizes[this.#messages % WINDOW] = bytes;
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
    this.#gaps[(this.#messages - 1) % WINDOW] = gapMs;
    if (this.#gapCount < WINDOW) this.#gapCount++;
    this.#newGaps++;
  }

  #addKind(kind: number, bytes: number): void {
    this.#kinds[kind] = (this.#kinds[kind] as number) + bytes;
    if (++this.#kindsSeen < HALVE_KINDS) return;
    this.#kindsSeen = 0;
    for (let i = 0; i < this.#kinds.length; i++) this.#kinds[i] = (this.#kinds[i] as number) / 2;
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
    const gaps = this.#latest(this.#gaps, this.#gapCount, this.#messages - 1);
    const rhythm = rhythmOf({
      gaps,
      bytesPerSec: (rates.bytes * 1000) / rates.spanMs,
      isSame: this.#sameRun >= SAME_RUN,
      spread: this.#rates.spread(),
      before: this.#state.pattern,
    });
    this.#settle(rhythm);
    this.#newGaps = 0;
    this.#reviewAtMs = atMs + REVIEW_MS;
    return this.#summary(rhythm, rates);
  }

  /** Takes a state over when two reviews agree on it: a rhythm at a limit must not flap. */
  #settle(found: State): void {
    const isKnown = this.#state.pattern !== "unknown";
    const isConfirmed = this.#candidate !== undefined && isSame(this.#candidate, found);
    if (isSame(found, this.#state) || !isKnown || isConfirmed) {
      this.#state = found;
      this.#candidate = undefined;
    } else this.#candidate = found;
  }

  /** A ring's latest values, oldest first. */
  #latest(ring: Float64Array, count: number, next: number): Float64Array {
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) values[i] = ring[(next - count + i + WINDOW) % WINDOW] as number;
    return values;
  }

  #summary({ meanMs, cv }: Rhythm, rates: WindowTotals): SessionSummary {
    const { pattern, periodMs, periodConfidence } = this.#state;
    const sizes = this.#latest(this.#sizes, Math.min(WINDOW, this.#messages), this.#messages).sort();
    let total = 0;
    for (const size of sizes) total += size;
    const meanBytes = total / sizes.length;
    const isCounted = rates.messages >= MIN_COUNTED;
    const perSec = isCounted ? (rates.messages * 1000) / rates.spanMs : meanMs > 0 ? 1000 / meanMs : 0;
    return {
      messages: sizes.length,
      messagesPerSec: perSec,
      bytesPerSec: isCounted ? (rates.bytes * 1000) / rates.spanMs : perSec * meanBytes,
      interArrival: { meanMs, cv },
      meanBytes,
      sizes: { p50: quantile(sizes, 0.5), p95: quantile(sizes, 0.95) },
      pattern,
      ...(periodMs === undefined ? undefined : { periodMs }),
      periodConfidence,
      dataTypes: this.#shares(),
    };
  }

  #shares(): Partial<Record<DataKind, Share>> {
    let total = 0;
    for (const bytes of this.#kinds) total += bytes;
    const shares: Partial<Record<DataKind, Share>> = {};
    for (const [i, kind] of DATA_KINDS.entries()) {
      const bytes = this.#kinds[i] ?? 0;
      if (bytes > 0) shares[kind] = bytes / total;
    }
    return shares;
  }
}
