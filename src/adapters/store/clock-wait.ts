import type { Millis } from "../../core/ports.ts";

/** As often as an NTP client that has just started may be done. */
const LOOK_MS = 10_000;

export interface ClockWaitOptions {
  /** Whether a stamp of that time could be taken now. */
  readonly isDue: (ms: Millis) => boolean;
  /** It can: to be asked for again. */
  readonly again: () => void;
}

/**
 * What was refused because its clock is ahead. Mostly it is ours that is behind: a machine without a battery for its
 * clock (Raspberry Pi) starts with an old time, until NTP corrects that.
 */
export class ClockWait {
  readonly #options: ClockWaitOptions;
  #earliest: Millis = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ClockWaitOptions) {
    this.#options = options;
  }

  add(ms: Millis): void {
    this.#earliest = Math.min(this.#earliest, ms);
    this.#timer ??= setTimeout(() => this.#look(), LOOK_MS).unref();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    if (!this.#options.isDue(this.#earliest)) {
      this.#timer = setTimeout(() => this.#look(), LOOK_MS).unref();
      return;
    }
    this.#timer = undefined;
    this.#earliest = Number.POSITIVE_INFINITY;
    this.#options.again();
  }
}
