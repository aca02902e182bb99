import type { PathJob, PathSource } from "../../core/forecast/online/path.ts";
import type { ArimaOrder } from "../../core/forecast/session/forecast-settings.ts";
import { systemClock } from "../clock.ts";
import { DisposableWorker, workerEntry } from "../worker/disposable-worker.ts";
import { RefitQueue } from "../worker/refit-queue.ts";
import type { ArimaJob, ArimaResult } from "./arima-job.ts";

/** Enough for any fit without a season; one that is not through by then never will be. */
const DEADLINE_MS = 2_000;
/** Series that may wait: a minute's work. More are asked for again at their next refit. */
const MOST_WAITING = 500;
/** Of one core. */
const SHARE = 0.25;

interface OrderedJob extends PathJob {
  readonly order: ArimaOrder | undefined;
}

/** npm `arima` as a source of paths: one thread and one queue for all nodes of the process. */
class ArimaEngine {
  readonly #worker = new DisposableWorker<ArimaJob, ArimaResult>(
    workerEntry("arima-worker", import.meta.url),
  );
  readonly #queue: RefitQueue<OrderedJob>;

  constructor(share: number) {
    this.#queue = new RefitQueue({
      clock: systemClock,
      most: MOST_WAITING,
      share,
      work: async ({ values, h, order, deliver }) =>
        deliver(await this.#worker.run({ values, h, order }, DEADLINE_MS)),
    });
  }

  get queue(): RefitQueue<OrderedJob> {
    return this.#queue;
  }

  async close(): Promise<void> {
    this.#queue.close();
    await this.#worker.close();
  }
}

/** One node's share of the engine. */
export interface ArimaPaths extends PathSource {
  /** Paths delivered so far. */
  readonly delivered: number;
  /** Nothing is delivered any more; the last one to close ends the thread. */
  close(): Promise<void>;
}

let engine: ArimaEngine | undefined;
let users = 0;
let opened = 0;

/**
 * A source for one node; its series' names may be those of another node's. The first to open decides the `share` of a
 * core. Without an `order` auto finds one for each series.
 */
export function openArimaPaths(share: number = SHARE, order?: ArimaOrder): ArimaPaths {
  engine ??= new ArimaEngine(share);
  users++;
  const { queue } = engine;
  const prefix = `${++opened}\0`;
  let isOpen = true;
  let delivered = 0;
  return {
    get delivered() {
      return delivered;
    },
    request(job) {
      if (!isOpen) return;
      const deliver: PathJob["deliver"] = (path) => {
        if (!isOpen) return;
        delivered++;
        job.deliver(path);
      };
      queue.add(prefix + job.series, { ...job, order, deliver });
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      queue.drop((key) => key.startsWith(prefix));
      users--;
      if (users > 0) return;
      const last = engine;
      engine = undefined;
      await last?.close();
    },
  };
}
