import { StitchError } from "../../core/errors.ts";
import type { StoreChange, StoreDriver } from "../../core/record/store-driver.ts";
import { CONTEXT_PREFIX } from "./context-entry.ts";
import type { Replica } from "./replica.ts";
import type { SessionView } from "./session-view.ts";

export interface ReplicaFeedOptions {
  readonly driver: StoreDriver;
  readonly replica: Replica;
  readonly sessions: SessionView | undefined;
  /** Once the store answers, before it is read. */
  readonly beforeLoad: () => Promise<void>;
  /** The store is away; it is tried again. */
  readonly onAway: (reason: string) => void;
}

const RETRY_MS = 1000;
const RETRY_MAX_MS = 30_000;

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** Fills the replicas from the store and keeps them up to date; takes the store up again when it is back. */
export class ReplicaFeed {
  readonly #options: ReplicaFeedOptions;
  #isEnded = false;
  #retry: NodeJS.Timeout | undefined;
  #retries = 0;

  constructor(options: ReplicaFeedOptions) {
    this.#options = options;
  }

  /** Rejects only for what the store's owner must correct: one that is away must not stop Node-RED. */
  async start(): Promise<void> {
    try {
      await this.#load();
    } catch (error) {
      if (error instanceof StitchError && error.code === "BAD_CONFIG") throw error;
      this.#loadLater(asError(error));
    }
  }

  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#retry);
  }

  async #load(): Promise<void> {
    const { driver, replica, sessions } = this.#options;
    const early: StoreChange[] = [];
    let isLoaded = false;
    const end = await driver.watch(CONTEXT_PREFIX, (change) => {
      if (isLoaded) replica.apply(change);
      else early.push(change);
    });
    try {
      await this.#options.beforeLoad();
      replica.reset(await driver.snapshot(CONTEXT_PREFIX));
      await sessions?.open(driver);
    } catch (error) {
      end();
      throw error;
    }
    isLoaded = true;
    for (const change of early) replica.apply(change);
    this.#retries = 0;
  }

  #loadLater(error: Error): void {
    if (this.#isEnded) return;
    this.#options.onAway(error.message);
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** this.#retries++);
    this.#retry = setTimeout(() => {
      this.#load().catch((cause: unknown) => this.#loadLater(asError(cause)));
    }, waitMs);
    this.#retry.unref();
  }
}
