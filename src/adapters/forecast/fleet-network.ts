import type { Series } from "../../core/forecast/forecaster.ts";
import { teachingSeries } from "../../core/forecast/lstm/index.ts";
import type { NetworkJob, NetworkSource } from "../../core/forecast/online/path.ts";
import type { Clock, Millis } from "../../core/ports.ts";
import type { StoreDriver, StoreEntry } from "../../core/record/store-driver.ts";
import { escapeId } from "../store/record-key.ts";
import { DisposableWorker, workerEntry } from "../worker/disposable-worker.ts";
import type { LstmJob } from "../worker/lstm-job.ts";
import type { LstmPathJob } from "../worker/lstm-path-worker.ts";
import { LstmTrainingClient } from "../worker/lstm-training-client.ts";
import { RefitQueue } from "../worker/refit-queue.ts";
import { openWeights, sealWeights } from "./kept-weights.ts";

export interface FleetNetworkOptions {
  readonly clock: Clock;
  /** Names the node: its weights are kept under `lstm/<owner>`. */
  readonly owner: string;
  /** Looked up at each use; undefined: there is no store, and a restart learns anew. */
  readonly driver: () => StoreDriver | undefined;
  /** Told what went wrong: damaged weights, a training that failed. */
  readonly warn: (error: Error) => void;
  /** What a training may take, and how the network is made; for tests. */
  readonly training?: Partial<Pick<LstmJob, "budgetMs" | "options">>;
}

/** A training's time in its thread of lowest priority: it gains little after a minute. */
const BUDGET_MS: Millis = 60_000;
const EVERY_MS: Millis = 6 * 3_600_000;
/** Between two looks whether there is enough to learn from. */
const LOOK_MS: Millis = 60_000;
const DEADLINE_MS: Millis = 5_000;
/** Of one core; and series that may wait. */
const SHARE = 0.1;
const MOST_WAITING = 1_000;

/**
 * One network for all series of a node, trained on their own histories in a thread of lowest priority when there is
 * enough to learn from, then every six hours; its weights are kept in the store.
 */
export class FleetNetwork implements NetworkSource {
  readonly #options: FleetNetworkOptions;
  readonly #trainer = new LstmTrainingClient();
  readonly #worker = new DisposableWorker<LstmPathJob, readonly number[]>(
    workerEntry("../worker/lstm-path-worker", import.meta.url),
  );
  readonly #queue: RefitQueue<NetworkJob>;
  #weights: Uint8Array | undefined;
  #version = 0;
  #trainedAtMs = Number.NEGATIVE_INFINITY;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  /** The store was asked for what was kept. */
  #isAsked = false;
  #isBusy = false;
  #isClosed = false;

  constructor(options: FleetNetworkOptions) {
    this.#options = options;
    const work = (job: NetworkJob): Promise<void> => this.#forecast(job);
    this.#queue = new RefitQueue({ clock: options.clock, most: MOST_WAITING, share: SHARE, work });
  }

  get isReady(): boolean {
    return this.#weights !== undefined;
  }

  request(job: NetworkJob): void {
    if (this.#weights && !this.#isClosed) this.#queue.add(job.series, job);
  }

  /** Looks what is to be done; `fleet`: the node's series, those used last first. Never throws. */
  step(nowMs: Millis, fleet: () => Iterable<Series>): void {
    if (this.#isBusy || this.#isClosed || nowMs - this.#lookedAtMs < LOOK_MS) return;
    this.#lookedAtMs = nowMs;
    const driver = this.#options.driver();
    if (driver && !this.#isAsked) void this.#alone(() => this.#load(driver));
    else if (nowMs - this.#trainedAtMs >= EVERY_MS) void this.#alone(() => this.#train(nowMs, fleet));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#queue.close();
    await Promise.all([this.#trainer.close(), this.#worker.close()]);
  }

  /** Never rejects. */
  async #alone(work: () => Promise<void>): Promise<void> {
    this.#isBusy = true;
    try {
      await work();
    } catch (error) {
      if (!this.#isClosed) this.#options.warn(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#isBusy = false;
    }
  }

  get #key(): string {
    return `lstm/${escapeId(this.#options.owner)}`;
  }

  async #load(driver: StoreDriver): Promise<void> {
    let entry: StoreEntry | undefined;
    try {
      entry = await driver.get(this.#key);
    } catch {
      // The store tells itself that it is away; it is asked again at the next look.
      return;
    }
    this.#isAsked = true;
    this.#lookedAtMs = Number.NEGATIVE_INFINITY;
    // Trained on as soon as there is enough: nobody knows how old they are.
    if (entry && !this.#weights) this.#use(openWeights(entry.value));
  }

  async #train(nowMs: Millis, fleet: () => Iterable<Series>): Promise<void> {
    const series = teachingSeries(fleet());
    if (series.length === 0) return;
    this.#trainedAtMs = nowMs;
    const { training, driver } = this.#options;
    const { weights } = await this.#trainer.train({
      fleet: series.map(({ values, stepMs }) => ({ values: Float64Array.from(values), stepMs })),
      budgetMs: training?.budgetMs ?? BUDGET_MS,
      seed: 1,
      ...(this.#weights && { from: Uint8Array.from(this.#weights) }),
      ...(training?.options && { options: training.options }),
    });
    this.#use(weights);
    await driver()?.put(this.#key, sealWeights(weights));
  }

  /** In shared memory: each job refers to them. */
  #use(weights: Uint8Array): void {
    const shared = new Uint8Array(new SharedArrayBuffer(weights.length));
    shared.set(weights);
    this.#weights = shared;
    this.#version++;
  }

  async #forecast({ values, h, deliver }: NetworkJob): Promise<void> {
    const weights = this.#weights;
    if (!weights) return;
    const points = await this.#worker.run({ weights, version: this.#version, values, h }, DEADLINE_MS);
    if (!this.#isClosed) deliver(points);
  }
}
