import type { StoreHealth } from "../../core/record/store-driver.ts";
import type { SessionStore } from "./session-store.ts";

/** What people are told of a store. */
export interface StoreReport extends StoreHealth {
  /** Of its node, or of its entry in settings.js. */
  readonly name: string;
  readonly engine: string;
  /** From asking for a write until it was heard of by the feed, ms; missing: nobody follows it, or nothing was written. */
  readonly lagMs?: number;
  readonly pendingWrites: number;
  /** Missing: the store doesn't answer. */
  readonly keys?: number;
}

/** A store that doesn't answer must not keep the others' reports. */
const TIMEOUT_MS = 1000;

/** The stores of this process: those of the flow's nodes and those of settings.js. */
export class OpenStores {
  readonly #stores = new Map<SessionStore, string>();

  /** Until what it returns is called. */
  add(store: SessionStore, name: string): () => void {
    this.#stores.set(store, name);
    return () => void this.#stores.delete(store);
  }

  report(): Promise<StoreReport[]> {
    return Promise.all(Array.from(this.#stores, ([store, name]) => reportOf(store, name)));
  }
}

async function reportOf(store: SessionStore, name: string): Promise<StoreReport> {
  const { lagMs, pendingWrites } = store.figures();
  const keys = await countOf(store);
  return {
    name,
    engine: store.engine,
    ...store.health(),
    ...(lagMs === undefined ? undefined : { lagMs: Math.round(lagMs * 10) / 10 }),
    pendingWrites,
    ...(keys === undefined ? undefined : { keys }),
  };
}

async function countOf({ driver }: SessionStore): Promise<number | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), TIMEOUT_MS);
  });
  const counted = driver.count?.().catch(() => undefined);
  const count = await Promise.race([counted, late]);
  clearTimeout(timer);
  return Number.isFinite(count) ? count : undefined;
}

/** One for the process, as stores of settings.js know no flow. */
export const openStores: OpenStores = new OpenStores();
