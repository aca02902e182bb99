import { Worker } from "node:worker_threads";
import type { LstmJob, LstmResult } from "./lstm-job.ts";

/** Time beyond its budget after which a training counts as hung: the batch in hand, and the thread's start. */
const GRACE_MS = 30_000;

interface Waiting {
  readonly job: LstmJob;
  readonly resolve: (result: LstmResult) => void;
  readonly reject: (error: Error) => void;
}

/** The entry beside this module: `.ts` from source, `.js` when built. */
const ENTRY = new URL(`lstm-trainer.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

/**
 * Trains in a thread that lives for one job. While one job runs, one may wait; a newer one takes its place, as it
 * knows more of the fleet.
 */
export class LstmTrainingClient {
  readonly #graceMs: number;
  #worker: Worker | undefined;
  #running: Waiting | undefined;
  #waiting: Waiting | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(graceMs: number = GRACE_MS) {
    this.#graceMs = graceMs;
  }

  get isTraining(): boolean {
    return this.#running !== undefined;
  }

  /** Rejects when the thread fails or hangs, when a newer job takes this one's place, and on close. */
  train(job: LstmJob): Promise<LstmResult> {
    if (this.#isClosed) return Promise.reject(new Error("LSTM training is closed"));
    return new Promise((resolve, reject) => {
      this.#waiting?.reject(new Error("LSTM training was replaced by a newer one"));
      this.#waiting = { job, resolve, reject };
      this.#next();
    });
  }

  /** Ends the thread; what runs or waits is rejected. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const error = new Error("LSTM training was closed");
    this.#waiting?.reject(error);
    this.#waiting = undefined;
    await this.#end((running) => running.reject(error));
  }

  #next(): void {
    if (this.#running || !this.#waiting || this.#isClosed) return;
    const running = this.#waiting;
    this.#running = running;
    this.#waiting = undefined;
    // The parent's flags (a test runner's, an inspector's) are not for it.
    const worker = new Worker(ENTRY, { execArgv: [] });
    this.#worker = worker;
    worker.unref();
    const fail = (what: string, cause?: unknown): void => {
      if (this.#worker === worker) void this.#end(({ reject }) => reject(new Error(what, { cause })));
    };
    worker.on("message", (result: LstmResult) => {
      if (this.#worker === worker) void this.#end(({ resolve }) => resolve(result));
    });
    worker.on("error", (error) => fail("LSTM training failed", error));
    worker.on("exit", (code) => fail(`LSTM training ended with code ${code}`));
    const deadlineMs = running.job.budgetMs + this.#graceMs;
    this.#timer = setTimeout(() => fail(`LSTM training gave no answer within ${deadlineMs} ms`), deadlineMs);
    this.#timer.unref();
    worker.postMessage(running.job);
  }

  async #end(settle: (running: Waiting) => void): Promise<void> {
    const [worker, running] = [this.#worker, this.#running];
    clearTimeout(this.#timer);
    this.#worker = undefined;
    this.#running = undefined;
    if (running) settle(running);
    this.#next();
    await worker?.terminate();
  }
}
