import type { Random } from "../../src/core/ports.ts";
import type { CasResult, StoreDriver, StoreEntry } from "../../src/core/record/store-driver.ts";
import type { Timeline } from "./timeline.ts";

interface Write {
  readonly key: string;
  readonly value: Uint8Array | undefined;
  readonly settle: (error?: Error) => void;
}

/** How the disk behaves, at each moment. */
export interface DiskFaults {
  readonly maxDelayMs: number;
  /** Chance that a group of writes fails. */
  readonly fails: number;
  /** A mutant: what survives a crash is any of the writes under way, not the first ones of them. */
  readonly isUnordered: boolean;
}

/** A file whose writes take time: a crash keeps the first of those under way, any number of them. */
export class SimDisk {
  readonly #entries = new Map<string, Uint8Array>();
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #faults: DiskFaults;
  #writes: Write[] = [];
  #isWriting = false;
  /** Told when something was answered. */
  onAnswer = (): void => undefined;
  #generation = 0;

  constructor(timeline: Timeline, random: Random, faults: DiskFaults) {
    this.#timeline = timeline;
    this.#random = random;
    this.#faults = faults;
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  #delay(): number {
    return this.#random.next() * this.#faults.maxDelayMs;
  }

  /** Whoever had it open is gone. */
  crash(): void {
    const writes = this.#writes;
    const kept = Math.floor(this.#random.next() * (writes.length + 1));
    const survives = (i: number): boolean =>
      this.#faults.isUnordered ? this.#random.next() < 0.5 : i < kept;
    for (const [i, write] of writes.entries()) if (survives(i)) this.#apply(write);
    this.#writes = [];
    this.#isWriting = false;
    this.#generation++;
  }

  #apply({ key, value }: Write): void {
    if (value) this.#entries.set(key, value);
    else this.#entries.delete(key);
  }

  #put(key: string, value: Uint8Array | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#writes.push({ key, value, settle: (error) => (error ? reject(error) : resolve()) });
      this.#start();
    });
  }

  #start(): void {
    if (this.#isWriting || this.#writes.length === 0) return;
    this.#isWriting = true;
    const generation = this.#generation;
    this.#timeline.after(this.#delay(), () => {
      if (generation !== this.#generation) return;
      this.#isWriting = false;
      const group = this.#writes;
      this.#writes = [];
      const hasFailed = this.#random.next() < this.#faults.fails;
      // Of a group that fails, some may be done.
      const done = hasFailed ? Math.floor(this.#random.next() * (group.length + 1)) : group.length;
      for (const write of group.slice(0, done)) this.#apply(write);
      for (const { settle } of group) settle(hasFailed ? new Error("disk full") : undefined);
      this.onAnswer();
      this.#start();
    });
  }

  open(): StoreDriver {
    const generation = this.#generation;
    const cas = (ok: Promise<void>): Promise<CasResult> => ok.then(() => ({ ok: true, revision: 1 }));
    // Whoever is gone writes nothing more.
    const put = (key: string, value: Uint8Array | undefined): Promise<void> =>
      generation === this.#generation ? this.#put(key, value) : new Promise(() => undefined);
    const unused = (): Promise<never> => Promise.reject(new Error("a log has no use for it"));
    return {
      capabilities: { cas: true, ack: "disk", resumeFeed: true, maxValue: 1_048_576 },
      open: async () => undefined,
      get: unused,
      watch: unused,
      cas: unused,
      snapshot: () =>
        new Promise<readonly StoreEntry[]>((resolve) => {
          this.#timeline.after(this.#delay(), () => {
            if (generation !== this.#generation) return;
            resolve(Array.from(this.#entries, ([key, value]) => ({ key, value, revision: 1 })));
            this.onAnswer();
          });
        }),
      put: (key, value) => put(key, value.slice()).then(() => 1),
      delete: (key) => cas(put(key, undefined)),
      health: () => ({ state: "ready" }),
      close: async () => undefined,
    };
  }
}
