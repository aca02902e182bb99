import type { Random } from "../../src/core/ports.ts";
import { Lease, type LeaseCommand, type LeaseEntry, type LeaseEvent } from "../../src/core/stitch/lease.ts";
import type { StoreFaults } from "./sim-store.ts";
import type { Timeline } from "./timeline.ts";

type Asked = Exclude<LeaseCommand, { type: "role" }>;

/** The pool's lease in the store, with the store's delays, failures, and writes that landed without an answer. */
export class SimLeaseEntry {
  entry: LeaseEntry | undefined;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #faults: StoreFaults;

  constructor(timeline: Timeline, random: Random, faults: StoreFaults) {
    this.#timeline = timeline;
    this.#random = random;
    this.#faults = faults;
  }

  ask(by: string, command: Asked, answer: (event: LeaseEvent) => void): void {
    const delay = (): number => this.#random.next() * this.#faults.maxDelayMs;
    const fails = this.#random.next() < this.#faults.timeout;
    const isLost = this.#random.next() < 0.5;
    this.#timeline.after(delay(), () => {
      const found = fails && isLost ? undefined : this.#carryOut(by, command);
      this.#timeline.after(delay(), () => answer(fails || !found ? { type: "failed" } : found));
    });
  }

  #carryOut(by: string, command: Asked): LeaseEvent {
    if (command.type === "read") return { type: "read", entry: this.entry };
    const { revision = 0 } = this.entry ?? {};
    if (revision !== command.expected) return { type: "conflict" };
    this.entry = { revision: revision + 1, holder: by };
    return { type: "wrote", revision: this.entry.revision };
  }
}

/** One start of a gateway as one of several of which one works. */
export class SimLease {
  readonly #lease: Lease;
  readonly #name: string;
  readonly #entry: SimLeaseEntry;
  readonly #timeline: Timeline;
  /** Runs an answer when the gateway is there to take it. */
  readonly #within: (run: () => void) => void;

  constructor(name: string, entry: SimLeaseEntry, timeline: Timeline, within: (run: () => void) => void) {
    this.#name = name;
    this.#entry = entry;
    this.#timeline = timeline;
    this.#within = within;
    this.#lease = new Lease(name);
  }

  get isActive(): boolean {
    return this.#lease.roleAt(this.#timeline.nowMs) === "active";
  }

  handle(event: LeaseEvent): void {
    for (const command of this.#lease.handle(event, this.#timeline.nowMs)) {
      if (command.type === "role") continue;
      this.#entry.ask(this.#name, command, (answer) => this.#within(() => this.handle(answer)));
    }
  }
}
