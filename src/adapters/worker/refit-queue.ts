import type { Clock } from "../../core/ports.ts";

/** Jobs that wait, per key the newest only; bounded. Takes turns in order of each key's first wish. */
export interface RefitQueueOptions<Job> {
  readonly clock: Clock;
  /** Keys that may wait at once; more are refused. */
  readonly most: number;
  /** Share of one core's time, in (0, 1]: after a job the queue rests so long that this holds. */
  readonly share: number;
  /** Does one job; a rejection counts as a failure and stops nothing. */
  readonly work: (job: Job) => Promise<void>;
}

export interface QueueTally {
  readonly done: number;
  readonly failed: number;
  readonly refused: number;
}

/** Runs jobs one after the other, within a budget of time. */
export class RefitQueue<Job> {
  readonly #options: RefitQueueOptions<Job>;
  readonly #waiting = new Map<string, Job>();
  #timer: NodeJS.Timeout | undefined;
  #isWorking = false;
  #isClosed = false;
  #done = 0;
  #failed = 0;
  #refused = 0;

  constructor(options: RefitQueueOptions<Job>) {
    this.#options = options;
  }

  get tally(): QueueTally {
    return { done: this.#done, failed: this.#failed, refused: this.#refused };
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** False: the queue is full or closed; the job is dropped. */
  add(key: string, job: Job): boolean {
    const hasRoom = this.#waiting.has(key) || this.#waiting.size < this.#options.most;
    if (this.#isClosed || !hasRoom) {
      this.#refused++;
      return false;
    }
    this.#waiting.set(key, job);
    if (!this.#isWorking && !this.#timer) this.#rest(0);
    return true;
  }

  /** Drops what waits for these keys. */
  drop(isDropped: (key: string) => boolean): void {
    for (const key of this.#waiting.keys()) if (isDropped(key)) this.#waiting.delete(key);
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
    clearTimeout(this.#timer);
  }

  #rest(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#next();
    }, ms);
    this.#timer.unref();
  }

  /** Never rejects. */
  async #next(): Promise<void> {
    const [next] = this.#waiting;
    if (!next || this.#isClosed) return;
    this.#waiting.delete(next[0]);
    this.#isWorking = true;
    const { clock, share, work } = this.#options;
    const startMs = clock.now();
    try {
      await work(next[1]);
      this.#done++;
    } catch {
      this.#failed++;
    }
    this.#isWorking = false;
    if (this.#waiting.size > 0 && !this.#isClosed) this.#rest((clock.now() - startMs) * (1 / share - 1));
  }
}
