import { Worker } from "node:worker_threads";

/** A worker that did not answer in time, ended, or threw. */
export class WorkerFailure extends Error {
  override readonly name = "WorkerFailure";
}

/** The entry beside a module, `.ts` from source and `.js` when built. */
export function workerEntry(name: string, moduleUrl: string): URL {
  const extension = moduleUrl.endsWith(".ts") ? "ts" : "js";
  return new URL(`${name}.${extension}`, moduleUrl);
}

/**
 * A thread for code that may hang, trap or call `exit()`: made at the first job, thrown away after a failure or
 * past its deadline, and then made anew. One job at a time. What it prints is swallowed.
 */
export class DisposableWorker<Job, Result> {
  readonly #entry: URL;
  #worker: Worker | undefined;
  #isBusy = false;
  #started = 0;

  constructor(entry: URL) {
    this.#entry = entry;
  }

  /** Threads made so far. */
  get started(): number {
    return this.#started;
  }

  /** Rejects with WorkerFailure; a new thread's start counts into the deadline. */
  async run(job: Job, deadlineMs: number): Promise<Result> {
    if (this.#isBusy) throw new TypeError("one job at a time");
    this.#isBusy = true;
    try {
      return await this.#answer(job, deadlineMs);
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      this.#isBusy = false;
    }
  }

  #answer(job: Job, deadlineMs: number): Promise<Result> {
    const worker = this.#ready();
    return new Promise<Result>((resolve, reject) => {
      const fail = (what: string, cause?: unknown): void => {
        end();
        reject(new WorkerFailure(what, { cause }));
      };
      const onMessage = (result: Result): void => {
        end();
        resolve(result);
      };
      const onError = (error: unknown): void => fail("the worker threw", error);
      const onExit = (code: number): void => fail(`the worker ended with code ${code}`);
      const timer = setTimeout(() => fail(`no answer within ${deadlineMs} ms`), deadlineMs);
      const end = (): void => {
        clearTimeout(timer);
        worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      };
      worker.on("message", onMessage).on("error", onError).on("exit", onExit);
      worker.postMessage(job);
    });
  }

  #ready(): Worker {
    if (this.#worker) return this.#worker;
    // The parent's flags (a test runner's, an inspector's) are not for it.
    const worker = new Worker(this.#entry, { stdout: true, stderr: true, execArgv: [] });
    worker.stdout.resume();
    worker.stderr.resume();
    worker.unref();
    // Whatever it reports between jobs, or while it is being ended, must not become an uncaught exception.
    worker.on("error", () => undefined);
    this.#worker = worker;
    this.#started++;
    return worker;
  }

  /** Ends the thread, if there is one; the next job makes another. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}
