import type { Millis } from "../../core/ports.ts";

/** What the sidebar takes of the line, however many hosts there are, bytes/s on average; README states it. */
export const SIDEBAR_BPS = 30_000;

/** Bounds the bytes of whoever asks by itself: after a large answer the next question comes later. */
export class ByteBudget {
  readonly #rateBps: number;
  #owed = 0;
  #atMs: Millis = 0;

  /** bytes/s > 0. */
  constructor(rateBps: number) {
    this.#rateBps = rateBps;
  }

  spend(bytes: number, nowMs: Millis): void {
    this.#owed = this.#owedAt(nowMs) + bytes;
    this.#atMs = nowMs;
  }

  /** All but a second's worth of what was spent is paid off. */
  isOpen(nowMs: Millis): boolean {
    return this.#owedAt(nowMs) <= this.#rateBps;
  }

  #owedAt(nowMs: Millis): number {
    return Math.max(0, this.#owed - (this.#rateBps * Math.max(0, nowMs - this.#atMs)) / 1000);
  }
}
