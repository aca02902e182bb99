import type { Millis } from "../ports.ts";

/** NACKs come in bursts: one read answers them all. */
const REFRESH_MS = 100;

/** What a read of the record is for; "refresh": a host knows a newer epoch than the route. */
export type ReadPurpose = "no" | "plain" | "refresh";

/** When the orchestrator reads a slot's record, besides what its goal needs. */
export class RecordReads {
  #due: ReadPurpose = "no";
  #refreshAtMs: Millis = 0;
  #mirrorAtMs: Millis = 0;

  get isNone(): boolean {
    return this.#due === "no";
  }

  plain(): void {
    if (this.#due === "no") this.#due = "plain";
  }

  refresh(): void {
    this.#due = "refresh";
  }

  /** Each interval of a mirror, so that a secondary is asked for a version that stood when it was asked. */
  mirrorRound(intervalMs: Millis, nowMs: Millis): void {
    if (nowMs < this.#mirrorAtMs) return;
    this.mirrorAfter(intervalMs, nowMs);
    this.plain();
  }

  /** The next round of the mirror is in `ms`. */
  mirrorAfter(ms: Millis, nowMs: Millis): void {
    this.#mirrorAtMs = nowMs + ms;
  }

  /** Whether to read; a refresh that was answered a moment ago waits. */
  begins(nowMs: Millis): boolean {
    if (this.#due === "refresh") {
      if (nowMs < this.#refreshAtMs) return false;
      this.#refreshAtMs = nowMs + REFRESH_MS;
    }
    return this.#due !== "no";
  }

  /** It was read: what for. */
  answered(): ReadPurpose {
    const due = this.#due;
    this.#due = "no";
    return due;
  }
}
