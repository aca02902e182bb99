import type { Clock, Millis } from "../../core/ports.ts";

export interface StepTimerOptions<Item> {
  readonly clock: Clock;
  readonly stepMs: Millis;
  /** Whose step it is; asked at each step's end. */
  readonly items: () => Iterable<Item>;
  readonly visit: (item: Item, nowMs: Millis) => void;
  /** All were visited. */
  readonly onEnd: () => void;
}

/** Time at a stretch that the main loop is held; at this, 10,000 sessions take tens of turns. */
const STRETCH_MS = 2;
/** Items between two looks at the clock. */
const BATCH = 8;
/** Node's timers may fire a little before their time. */
const MARGIN_MS = 2;
/** setTimeout takes no more. */
const LONGEST_MS = 2 ** 31 - 1;

/** At the end of each step, aligned to the clock, visits every item, a few at a time. */
export class StepTimer<Item> {
  readonly #options: StepTimerOptions<Item>;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;

  constructor(options: StepTimerOptions<Item>) {
    this.#options = options;
    this.#arm();
  }

  close(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
  }

  #arm(): void {
    const { clock, stepMs } = this.#options;
    const leftMs = stepMs - (clock.now() % stepMs) + MARGIN_MS;
    this.#timer = setTimeout(() => this.#start(), Math.min(leftMs, LONGEST_MS));
  }

  /** A run that isn't through by the next step's end goes on; the items catch up at their next turn. */
  #start(): void {
    if (!this.#turn) this.#work([...this.#options.items()], 0);
    this.#arm();
  }

  #work(items: readonly Item[], from: number): void {
    const { clock, visit, onEnd } = this.#options;
    const nowMs = clock.now();
    let at = from;
    do {
      for (const item of items.slice(at, at + BATCH)) visit(item, nowMs);
      at += BATCH;
    } while (at < items.length && clock.now() - nowMs < STRETCH_MS);
    this.#turn = at < items.length ? setImmediate(() => this.#work(items, at)) : undefined;
    if (!this.#turn) onEnd();
  }
}
