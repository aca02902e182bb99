import assert from "node:assert/strict";
import fc from "fast-check";
import {
  Lease,
  type LeaseCommand,
  type LeaseEntry,
  type LeaseEvent,
} from "../../../src/core/stitch/lease.ts";
import { Timeline } from "../../simulation/timeline.ts";
import { seededRandom } from "../../support/seeded-random.ts";

/** Until then each operation may fail. */
const FAULTS_MS = 10_000;
const SETTLED_MS = FAULTS_MS + 4000;

/** A rule of the lease taken away; the check has to notice. */
type LeaseMutant = "no-cas" | "never-steps-down" | "counts-from-the-answer";
const MUTANTS: Record<LeaseMutant, string> = {
  "no-cas": "the lease changes by compare-and-set only",
  "never-steps-down": "whoever could not renew it stands by before anybody else may take it",
  "counts-from-the-answer": "a renewal counts from when it was asked for",
};
const STEP_DOWN_MS = 1250;

/** A gateway's lease on a store that delays, and now and then fails or does not tell. */
class Contender {
  readonly id: string;
  readonly lease: Lease;
  isAlive = true;
  isCut = false;
  activeSinceMs: number | undefined;
  #answeredAtMs = Number.NEGATIVE_INFINITY;
  readonly #store: Store;

  constructor(id: string, store: Store) {
    this.id = id;
    this.lease = new Lease(id);
    this.#store = store;
  }

  handle(event: LeaseEvent): void {
    if (!this.isAlive) return;
    if (event.type === "wrote") this.#answeredAtMs = this.#store.timeline.nowMs;
    for (const command of this.lease.handle(event, this.#store.timeline.nowMs)) this.#run(command);
  }

  get isActive(): boolean {
    const { mutant, timeline } = this.#store;
    if (!this.isAlive) return false;
    if (mutant === "never-steps-down") return this.#answeredAtMs > 0;
    if (mutant === "counts-from-the-answer") return timeline.nowMs - this.#answeredAtMs < STEP_DOWN_MS;
    return this.lease.roleAt(timeline.nowMs) === "active";
  }

  #run(command: LeaseCommand): void {
    if (command.type === "role")
      this.activeSinceMs = command.role === "active" ? this.#store.timeline.nowMs : undefined;
    else this.#store.ask(this, command);
  }
}

class Store {
  mutant: LeaseMutant | undefined;
  /** One way, ms. */
  maxDelayMs = 150;
  /** Of the contender "a". */
  maxDelayOfA: number | undefined;
  readonly timeline = new Timeline();
  entry: LeaseEntry | undefined;
  readonly #random: () => number;

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.#random = () => random.next();
  }

  ask(by: Contender, command: Exclude<LeaseCommand, { type: "role" }>): void {
    const maxMs = by.id === "a" ? (this.maxDelayOfA ?? this.maxDelayMs) : this.maxDelayMs;
    const delay = (): number => this.#random() * maxMs;
    const fails = by.isCut || (this.timeline.nowMs < FAULTS_MS && this.#random() < 0.2);
    const isLost = this.#random() < 0.5;
    this.timeline.after(delay(), () => {
      const answer = fails && isLost ? ({ type: "failed" } as const) : this.#answer(by, command);
      const told = fails ? ({ type: "failed" } as const) : answer;
      this.timeline.after(delay(), () => by.handle(told));
    });
  }

  #answer(by: Contender, command: Exclude<LeaseCommand, { type: "role" }>): LeaseEvent {
    if (by.isCut) return { type: "failed" };
    if (command.type === "read") return { type: "read", entry: this.entry };
    const { revision = 0 } = this.entry ?? {};
    if (revision !== command.expected && this.mutant !== "no-cas") return { type: "conflict" };
    this.entry = { revision: revision + 1, holder: by.id };
    return { type: "wrote", revision: this.entry.revision };
  }
}

function run(seed: number, fault: "none" | "crash" | "cut"): void {
  const store = new Store(seed);
  const [a, b] = [new Contender("a", store), new Contender("b", store)];
  const both = [a, b];
  const check = (): void =>
    assert.ok(
      both.filter(({ isAlive, lease }) => isAlive && lease.roleAt(store.timeline.nowMs) === "active")
        .length <= 1,
      "two are active",
    );
  const tick = (one: Contender): void => {
    one.handle({ type: "tick" });
    check();
    store.timeline.after(250, () => tick(one));
  };
  tick(a);
  store.timeline.after((seed * 37) % 250, () => tick(b));
  store.timeline.run(SETTLED_MS);
  const active = both.find(({ lease }) => lease.roleAt(store.timeline.nowMs) === "active");
  assert.ok(active, "one is active");
  if (fault === "crash") active.isAlive = false;
  if (fault === "cut") active.isCut = true;
  store.timeline.run(2 * SETTLED_MS);
  const after = both.filter(
    ({ isAlive, lease }) => isAlive && lease.roleAt(store.timeline.nowMs) === "active",
  );
  assert.equal(after.length, 1, "one is active again");
  if (fault !== "none") assert.notEqual(after[0], active);
}

/** A store that fails often and is slow, for one of them more so: whether two take themselves for active at any time. */
function areTwoActive(seed: number, mutant?: LeaseMutant): boolean {
  const store = new Store(seed);
  store.mutant = mutant;
  [store.maxDelayMs, store.maxDelayOfA] = seed % 2 === 0 ? [600, undefined] : [50, 1100];
  const both = [new Contender("a", store), new Contender("b", store)];
  let two = false;
  const tick = (one: Contender): void => {
    one.handle({ type: "tick" });
    store.timeline.after(250, () => tick(one));
  };
  const look = (): void => {
    two ||= both.every(({ isActive }) => isActive);
    store.timeline.after(10, look);
  };
  const [a, b] = both as [Contender, Contender];
  tick(a);
  store.timeline.after(3000, () => tick(b));
  look();
  store.timeline.run(FAULTS_MS);
  return two;
}

/** A rule of what is taken taken away. */
type TakingMutant = "by-role" | "no-wait";
const TAKING_MUTANTS: Record<TakingMutant, string> = {
  "by-role": "one that could not renew its lease goes on until it is told of another",
  "no-wait": "what comes while it is being decided waits",
};

function takes(one: Contender, nowMs: number, mutant?: TakingMutant): boolean {
  if (mutant === "by-role") return one.lease.roleAt(nowMs) === "active";
  const taking = one.lease.takingAt(nowMs);
  return mutant === "no-wait" ? taking === "yes" : taking !== "no";
}

/** Two on a store that fails often and is slow, for one of them more so: whether both refuse a message at any time. */
function areBothRefusing(seed: number, mutant?: TakingMutant): boolean {
  const store = new Store(seed);
  [store.maxDelayMs, store.maxDelayOfA] = seed % 2 === 0 ? [600, undefined] : [50, 1100];
  const both = [new Contender("a", store), new Contender("b", store)];
  let refuse = false;
  const tick = (one: Contender): void => {
    one.handle({ type: "tick" });
    store.timeline.after(50, () => tick(one));
  };
  const look = (): void => {
    refuse ||= both.every((one) => !takes(one, store.timeline.nowMs, mutant));
    store.timeline.after(10, look);
  };
  for (const one of both) tick(one);
  // A mutant is to be caught by what it does later, not by the first moment.
  store.timeline.after(mutant ? 3000 : 0, look);
  store.timeline.run(FAULTS_MS);
  return refuse;
}

describe("Lease", () => {
  it("is held by one at a time, however slow the store is", () => {
    for (let seed = 1; seed <= 300; seed++) assert.ok(!areTwoActive(seed), `seed ${seed}`);
  });

  for (const [mutant, rule] of Object.entries(MUTANTS) as [LeaseMutant, string][])
    it(`notices when it is not so that ${rule}`, () => {
      const isCaught = Array.from({ length: 300 }, (_, i) => i + 1).some((seed) =>
        areTwoActive(seed, mutant),
      );
      assert.ok(isCaught, `the mutant "${mutant}" survived`);
    });

  const seeds = fc.integer({ min: 1, max: 1_000_000 });
  for (const fault of ["none", "crash", "cut"] as const)
    it(`has one holder at a time, and one again after this fault: ${fault}`, () => {
      fc.assert(
        fc.property(seeds, (seed) => run(seed, fault)),
        { numRuns: 300 },
      );
    });

  it("is taken at once when it was let go", () => {
    const lease = new Lease("b");
    assert.deepEqual(lease.handle({ type: "tick" }, 0), [{ type: "read" }]);
    assert.deepEqual(lease.handle({ type: "read", entry: { revision: 7, holder: "a" } }, 1), []);
    assert.deepEqual(lease.handle({ type: "tick" }, 250), [{ type: "read" }]);
    const write = { type: "write", expected: 8 };
    assert.deepEqual(lease.handle({ type: "read", entry: { revision: 8, holder: "" } }, 251), [write]);
    assert.deepEqual(lease.handle({ type: "wrote", revision: 9 }, 252), [{ type: "role", role: "active" }]);
  });

  it("is over when it was not renewed in time, also before the next tick: counted from the request, not from its answer", () => {
    const lease = new Lease("a");
    lease.handle({ type: "tick" }, 0);
    assert.deepEqual(lease.handle({ type: "read", entry: undefined }, 100), [{ type: "write", expected: 0 }]);
    lease.handle({ type: "wrote", revision: 1 }, 1000);
    assert.equal(lease.roleAt(1349), "active");
    // As a process finds it that stood still: what waited in its sockets comes before its timers.
    assert.equal(lease.roleAt(1350), "standby");
    assert.deepEqual(lease.handle({ type: "tick" }, 1350), [
      { type: "role", role: "standby" },
      { type: "read" },
    ]);
  });

  it("is not won by an answer that took too long", () => {
    const lease = new Lease("a");
    lease.handle({ type: "tick" }, 0);
    lease.handle({ type: "read", entry: undefined }, 0);
    assert.deepEqual(lease.handle({ type: "wrote", revision: 1 }, 1250), []);
    assert.equal(lease.roleAt(1250), "standby");
  });

  it("is taken within two seconds of a crash", () => {
    const lease = new Lease("b");
    let taken: number | undefined;
    for (let nowMs = 0; taken === undefined; nowMs += 250) {
      lease.handle({ type: "tick" }, nowMs);
      const [write] = lease.handle({ type: "read", entry: { revision: 7, holder: "a" } }, nowMs);
      if (write) taken = nowMs;
    }
    assert.ok(taken <= 1750, `after ${taken} ms`);
  });

  describe("what reaches a gateway", () => {
    const OTHERS = { type: "read", entry: { revision: 7, holder: "b" } } as const;
    /** "a", that works since 0 ms. */
    function working(): Lease {
      const lease = new Lease("a");
      lease.handle({ type: "tick" }, 0);
      lease.handle({ type: "read", entry: undefined }, 0);
      lease.handle({ type: "wrote", revision: 1 }, 0);
      assert.equal(lease.takingAt(0), "yes");
      return lease;
    }

    it("waits for the store's first word, and is another's where another works", () => {
      const lease = new Lease("a");
      assert.equal(lease.takingAt(0), "wait");
      lease.handle({ type: "tick" }, 0);
      lease.handle({ type: "failed" }, 10);
      assert.equal(lease.takingAt(60_000), "wait");
      lease.handle({ type: "tick" }, 60_000);
      lease.handle(OTHERS, 60_001);
      assert.equal(lease.takingAt(60_001), "no");
    });

    it("waits while it is being decided which of two that start works", () => {
      const lease = new Lease("a");
      lease.handle({ type: "tick" }, 0);
      lease.handle({ type: "read", entry: { revision: 7, holder: "" } }, 1);
      assert.equal(lease.takingAt(1), "wait");
      lease.handle({ type: "conflict" }, 2);
      assert.equal(lease.takingAt(2), "no");
    });

    it("is taken by one that could not renew its lease, until it is told of another and what it had received is through", () => {
      const lease = working();
      assert.equal(lease.roleAt(5000), "standby");
      assert.equal(lease.takingAt(5000), "yes");
      assert.deepEqual(lease.handle({ type: "tick" }, 5000), [
        { type: "role", role: "standby" },
        { type: "read" },
      ]);
      lease.handle(OTHERS, 5010);
      assert.equal(lease.takingAt(6009), "yes");
      lease.handle({ type: "tick" }, 5300);
      lease.handle(OTHERS, 5310);
      assert.equal(lease.takingAt(6010), "no");
    });

    it("is taken again by one that has worked as soon as the other has let go", () => {
      const lease = working();
      lease.handle({ type: "tick" }, 5000);
      lease.handle(OTHERS, 5000);
      assert.equal(lease.takingAt(9000), "no");
      lease.handle({ type: "tick" }, 9000);
      lease.handle({ type: "read", entry: { revision: 8, holder: "" } }, 9001);
      assert.equal(lease.takingAt(9001), "yes");
    });

    it("is refused by one at most, whatever the store does", () => {
      for (let seed = 1; seed <= 300; seed++) assert.ok(!areBothRefusing(seed), `seed ${seed}`);
    });

    for (const [mutant, rule] of Object.entries(TAKING_MUTANTS) as [TakingMutant, string][])
      it(`notices when it is not so that ${rule}`, () => {
        const isCaught = Array.from({ length: 300 }, (_, i) => i + 1).some((seed) =>
          areBothRefusing(seed, mutant),
        );
        assert.ok(isCaught, `the mutant "${mutant}" survived`);
      });
  });
});
