import type { Fit } from "../../core/forecast/engine/engine.ts";
import type { FitJob, FitSource } from "../../core/forecast/online/fit-source.ts";
import { systemClock } from "../clock.ts";
import { DisposableWorker, workerEntry } from "../worker/disposable-worker.ts";
import type { FitRequest } from "../worker/fit-worker.ts";
import { RefitQueue } from "../worker/refit-queue.ts";

/** A hundred times what a fit takes; for one that hangs. */
const DEADLINE_MS = 5_000;
/** Of one core. */
const SHARE = 0.25;
/**
 * Series that may hold a fit at a time, over all nodes: about 12 kB each, and a tenth of a millisecond a step. The
 * others forecast simply, and get a place when one is given back.
 */
const MOST_FITS = 1_000;

export interface EngineOptions {
  readonly share?: number;
  readonly most?: number;
}

/** The engine's fits, made in one thread from one queue for all nodes of the process. */
class FitEngine {
  readonly #worker = new DisposableWorker<FitRequest, Fit>(
    workerEntry("../worker/fit-worker", import.meta.url),
  );
  readonly #places = new Set<string>();
  readonly #most: number;
  readonly #queue: RefitQueue<FitJob>;

  constructor({ share = SHARE, most = MOST_FITS }: EngineOptions) {
    this.#most = most;
    this.#queue = new RefitQueue({
      clock: systemClock,
      most,
      share,
      work: async ({ values, stepMs, h, deliver }) =>
        deliver(await this.#worker.run({ values, stepMs, h }, DEADLINE_MS)),
    });
  }

  request(key: string, job: FitJob): boolean {
    if (!this.#places.has(key) && this.#places.size >= this.#most) return false;
    this.#places.add(key);
    return this.#queue.add(key, job);
  }

  release(isReleased: (key: string) => boolean): void {
    this.#queue.drop(isReleased);
    for (const key of this.#places) if (isReleased(key)) this.#places.delete(key);
  }

  releaseOne(key: string): void {
    if (!this.#places.delete(key)) return;
    this.#queue.drop((waiting) => waiting === key);
  }

  async close(): Promise<void> {
    this.#queue.close();
    await this.#worker.close();
  }
}

/** One node's share of the engine. */
export interface EngineFits extends FitSource {
  /** Fits delivered so far. */
  readonly delivered: number;
  /** Nothing is delivered any more; the last one to close ends the thread. */
  close(): Promise<void>;
}

let engine: FitEngine | undefined;
let users = 0;
let opened = 0;

/** A source for one node; its series' names may be those of another node's. The first to open decides the options. */
export function openEngineFits(options: EngineOptions = {}): EngineFits {
  engine ??= new FitEngine(options);
  users++;
  const own = engine;
  const prefix = `${++opened}\0`;
  let isOpen = true;
  let delivered = 0;
  return {
    get delivered() {
      return delivered;
    },
    request(job) {
      if (!isOpen) return false;
      const deliver: FitJob["deliver"] = (fit) => {
        if (!isOpen) return;
        delivered++;
        job.deliver(fit);
      };
      return own.request(prefix + job.series, { ...job, deliver });
    },
    release(series) {
      if (isOpen) own.releaseOne(prefix + series);
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      own.release((key) => key.startsWith(prefix));
      users--;
      if (users > 0) return;
      engine = undefined;
      await own.close();
    },
  };
}
