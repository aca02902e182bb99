import type { Millis } from "../../ports.ts";
import { type BinCode, codeOf, OFFLINE, UNKNOWN } from "./bin-code.ts";

/** Whether a step's count is one, or why it is none. */
export type StepKind = "seen" | "offline" | "unknown";

export interface TierShape {
  readonly stepMs: Millis;
  readonly binMs: Millis;
  /** Bins kept. */
  readonly bins: number;
}

/** A tier as it is kept in a store. */
export interface KeptTier {
  readonly binMs: Millis;
  /** Index of the bin after the latest. */
  readonly end: number;
  /** Oldest first. */
  readonly codes: Uint8Array;
}

const FIRST_BINS = 16;
/** Share of a bin's steps that must have been seen for its sum to be told. */
const LEAST_SEEN = 0.5;

/**
 * One resolution of a session's history: messages per bin, a byte each, in a ring that grows with what is seen. Bins are
 * aligned to the epoch, so a bin's phase in the day is the same for all sessions.
 */
export class Tier {
  readonly shape: TierShape;
  #codes = new Uint8Array(0);
  /** Index of the open bin, of which the sums are not known yet; undefined before the first step. */
  #open: number | undefined;
  #size = 0;
  #sum = 0;
  #seen = 0;
  #offline = 0;

  constructor(shape: TierShape) {
    this.shape = shape;
  }

  /** The bin that a step belongs to: the one that it begins in. */
  binOf(step: number): number {
    const { stepMs, binMs } = this.shape;
    return Math.floor((step * stepMs) / binMs);
  }

  /** A fine step's share of a bin's sum, which is given as its log1p. */
  perStep(log: number): number {
    const { stepMs, binMs } = this.shape;
    return (Math.expm1(log) * stepMs) / binMs;
  }

  /** Index of the bin after the latest closed one. */
  get end(): number {
    return this.#open ?? 0;
  }

  /** Closed bins held. */
  get size(): number {
    return this.#size;
  }

  /** Takes a step later than all before it, or `count` of the same bin; returns whether that closed a bin. */
  add(step: number, kind: StepKind, messages: number, count = 1): boolean {
    const bin = this.binOf(step);
    const isClosing = this.#open !== undefined && bin > this.#open;
    if (isClosing) this.#close(bin);
    this.#open ??= bin;
    if (kind === "offline") this.#offline += count;
    if (kind !== "seen") return isClosing;
    this.#seen += count;
    this.#sum += messages;
    return isClosing;
  }

  /** Steps without a message, from `from` up to before `to`. */
  fill(from: number, to: number, kind: StepKind): void {
    const { stepMs, binMs } = this.shape;
    for (let step = from; step < to; ) {
      const next = Math.max(step + 1, Math.min(to, Math.ceil(((this.binOf(step) + 1) * binMs) / stepMs)));
      this.add(step, kind, 0, next - step);
      step = next;
    }
  }

  /** Of a closed bin; UNKNOWN where none is held. */
  code(bin: number): BinCode {
    const back = this.end - bin;
    if (back < 1 || back > this.#size) return UNKNOWN;
    return this.#codes[bin % this.#codes.length] ?? UNKNOWN;
  }

  get kept(): KeptTier {
    const first = this.end - this.#size;
    const codes = Uint8Array.from({ length: this.#size }, (_, i) => this.code(first + i));
    return { binMs: this.shape.binMs, end: this.end, codes };
  }

  /** Takes what was kept, before any step of its own. */
  resume({ end, codes }: KeptTier): void {
    const kept = codes.subarray(Math.max(0, codes.length - this.shape.bins));
    this.#open = end - kept.length;
    for (const code of kept) this.#push(code);
  }

  /** Closes the open bin; those between it and `next` nobody saw. */
  #close(next: number): void {
    const { stepMs, binMs, bins } = this.shape;
    const steps = binMs / stepMs;
    const isTold = this.#seen >= LEAST_SEEN * Math.floor(steps);
    const none = 2 * this.#offline >= Math.floor(steps) ? OFFLINE : UNKNOWN;
    const code = isTold ? codeOf((this.#sum * steps) / this.#seen) : none;
    this.#sum = 0;
    this.#seen = 0;
    this.#offline = 0;
    this.#push(code);
    if (next - this.end >= bins) {
      this.#size = 0;
      this.#open = next;
    }
    while (this.end < next) this.#push(UNKNOWN);
  }

  #push(code: BinCode): void {
    const bin = this.end;
    if (this.#size === this.#codes.length && this.#size < this.shape.bins) this.#grow();
    this.#codes[bin % this.#codes.length] = code;
    this.#size = Math.min(this.#size + 1, this.shape.bins);
    this.#open = bin + 1;
  }

  /** By half: most of the memory of a fleet lies here. */
  #grow(): void {
    const { codes } = this.kept;
    const room = Math.max(FIRST_BINS, this.#size + (this.#size >> 1));
    const larger = new Uint8Array(Math.min(this.shape.bins, room));
    const first = this.end - this.#size;
    for (let i = 0; i < this.#size; i++) larger[(first + i) % larger.length] = codes[i] as number;
    this.#codes = larger;
  }
}
