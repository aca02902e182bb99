import type { Millis } from "../../ports.ts";
import { type BinCode, codeOf, OFFLINE, UNKNOWN } from "./bin-code.ts";

/** What is counted side by side: messages, and their bytes. */
export type Channel = 0 | 1;
export const CHANNELS: readonly Channel[] = [0, 1];

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
  /** Codes of both channels by turns, oldest first. */
  readonly codes: Uint8Array;
}

const FIRST_BINS = 16;
/** Share of a bin's steps that must have been seen for its sum to be told. */
const LEAST_SEEN = 0.5;

/**
 * One resolution of a session's history: sums of both channels per bin, a byte each, in a ring that grows with what is
 * seen. Bins are aligned to the epoch, so a bin's phase in the day is the same for all sessions.
 */
export class Tier {
  readonly shape: TierShape;
  #codes = new Uint8Array(0);
  /** Index of the open bin, of which the sums are not known yet; undefined before the first step. */
  #open: number | undefined;
  #size = 0;
  readonly #sums: [number, number] = [0, 0];
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
  add(step: number, kind: StepKind, messages: number, bytes: number, count = 1): boolean {
    const bin = this.binOf(step);
    const isClosing = this.#open !== undefined && bin > this.#open;
    if (isClosing) this.#close(bin);
    this.#open ??= bin;
    if (kind === "offline") this.#offline += count;
    if (kind !== "seen") return isClosing;
    this.#seen += count;
    this.#sums[0] += messages;
    this.#sums[1] += bytes;
    return isClosing;
  }

  /** Steps without a message, from `from` up to before `to`. */
  fill(from: number, to: number, kind: StepKind): void {
    const { stepMs, binMs } = this.shape;
    for (let step = from; step < to; ) {
      const next = Math.max(step + 1, Math.min(to, Math.ceil(((this.binOf(step) + 1) * binMs) / stepMs)));
      this.add(step, kind, 0, 0, next - step);
      step = next;
    }
  }

  /** Of a closed bin; UNKNOWN where none is held. */
  code(channel: Channel, bin: number): BinCode {
    const back = this.end - bin;
    if (back < 1 || back > this.#size) return UNKNOWN;
    return this.#codes[this.#cell(channel, bin)] ?? UNKNOWN;
  }

  get kept(): KeptTier {
    const { binMs } = this.shape;
    const codes = new Uint8Array(2 * this.#size);
    for (let i = 0; i < this.#size; i++)
      for (const channel of CHANNELS) codes[2 * i + channel] = this.code(channel, this.end - this.#size + i);
    return { binMs, end: this.end, codes };
  }

  /** Takes what was kept, before any step of its own. */
  resume({ end, codes }: KeptTier): void {
    const size = Math.min(codes.length >> 1, this.shape.bins);
    this.#open = end - size;
    for (let i = 0; i < size; i++) {
      const from = codes.length - 2 * (size - i);
      this.#push(codes[from] ?? UNKNOWN, codes[from + 1] ?? UNKNOWN);
    }
  }

  /** Closes the open bin; those between it and `next` nobody saw. */
  #close(next: number): void {
    const { stepMs, binMs, bins } = this.shape;
    const steps = binMs / stepMs;
    const isTold = this.#seen >= LEAST_SEEN * Math.floor(steps);
    const none = 2 * this.#offline >= Math.floor(steps) ? OFFLINE : UNKNOWN;
    const [messages, bytes] = this.#sums.map((sum) => (isTold ? codeOf((sum * steps) / this.#seen) : none));
    this.#sums.fill(0);
    this.#seen = 0;
    this.#offline = 0;
    this.#push(messages as BinCode, bytes as BinCode);
    if (next - this.end >= bins) {
      this.#size = 0;
      this.#open = next;
    }
    while (this.end < next) this.#push(UNKNOWN, UNKNOWN);
  }

  #push(messages: BinCode, bytes: BinCode): void {
    const bin = this.end;
    if (2 * this.#size === this.#codes.length && this.#size < this.shape.bins) this.#grow();
    this.#codes[this.#cell(0, bin)] = messages;
    this.#codes[this.#cell(1, bin)] = bytes;
    this.#size = Math.min(this.#size + 1, this.shape.bins);
    this.#open = bin + 1;
  }

  #cell(channel: Channel, bin: number): number {
    return 2 * (bin % (this.#codes.length >> 1)) + channel;
  }

  /** By half: most of the memory of a fleet lies here. */
  #grow(): void {
    const { codes } = this.kept;
    const room = Math.max(FIRST_BINS, this.#size + (this.#size >> 1));
    this.#codes = new Uint8Array(2 * Math.min(this.shape.bins, room));
    const first = this.end - this.#size;
    for (let i = 0; i < this.#size; i++)
      for (const channel of CHANNELS)
        this.#codes[this.#cell(channel, first + i)] = codes[2 * i + channel] as number;
  }
}
