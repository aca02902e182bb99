import assert from "node:assert/strict";
import fc from "fast-check";
import { Balancer } from "../../../src/core/route/balancer.ts";
import { loadBound } from "../../../src/core/route/bounded-load.ts";
import type { HostView } from "../../../src/core/route/host-view.ts";
import type { BalancePolicy } from "../../../src/core/route/route-settings.ts";
import { seededRandom } from "../../support/seeded-random.ts";

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `host-${i + 1}`);

const balancerOf = (count: number, balance: BalancePolicy = "auto", seed = 1): Balancer =>
  new Balancer({ hosts: names(count), balance, random: seededRandom(seed) });

const view = (host: string, more: Partial<HostView> = {}): HostView => ({
  host,
  state: "up",
  weight: 1,
  capacity: {},
  load: { messagesPerSec: 0, bytesPerSec: 0 },
  utilisation: 0,
  slots: 0,
  ...more,
});

const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);

/** Picks so many messages, 10 ms apart; how many each host got. */
function spread(balancer: Balancer, messages: number, fromMs = 0): number[] {
  const counts = balancer.table.hosts.map(() => 0);
  for (let i = 0; i < messages; i++) {
    const picked = balancer.pick(fromMs + i * 10);
    counts[picked] = (counts[picked] ?? 0) + 1;
  }
  return counts;
}

/** One pick, which must leave its host at its bound at most. */
function pickWithin(balancer: Balancer, nowMs: number): void {
  const before = balancer.pending;
  const picked = balancer.pick(nowMs);
  const { isFresh, shares } = balancer.table;
  const bound = Math.max(8, loadBound(before, shares[picked] ?? 0));
  if (isFresh) assert.ok(balancer.pendingOf(picked) <= bound, `${balancer.pendingOf(picked)} of ${bound}`);
}

type Step =
  | { readonly do: "pick" }
  | { readonly do: "answer"; readonly host: number; readonly latencyMs: number; readonly failed: boolean }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "see"; readonly host: number; readonly state: HostView["state"]; readonly weight: number };

const states = ["declared", "up", "suspect", "draining", "gone"] as const;
const host = fc.nat(9);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ do: "pick" } as const) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("answer" as const),
      host,
      latencyMs: fc.double({ min: 0, max: 5000, noNaN: true }),
      failed: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(40_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("see" as const),
      host,
      state: fc.constantFrom(...states),
      weight: fc.integer({ min: 1, max: 9 }),
    }),
  },
);
const policy = fc.constantFrom<BalancePolicy>("auto", "p2c", "round-robin");
const scenario = fc.tuple(
  fc.integer({ min: 1, max: 9 }),
  policy,
  fc.array(step, { maxLength: 150 }),
  fc.nat(),
);

/** Runs a random scenario; `check` after each pick with the index and what was under way before it. */
function play(
  [size, balance, steps, seed]: readonly [number, BalancePolicy, readonly Step[], number],
  check: (balancer: Balancer, picked: number, views: readonly HostView[]) => void,
): void {
  const balancer = balancerOf(size, balance, seed);
  const views = names(size).map((name) => view(name));
  let nowMs = 0;
  for (const each of steps) {
    nowMs += 1;
    if (each.do === "wait") nowMs += each.ms;
    else if (each.do === "answer") {
      const { latencyMs, failed } = each;
      balancer.feedback({ host: `host-${each.host + 1}`, latencyMs, failed }, nowMs);
    } else if (each.do === "see") {
      const at = each.host % size;
      views[at] = view(`host-${at + 1}`, { state: each.state, weight: each.weight });
      balancer.see(views);
      balancer.refresh(nowMs);
    } else {
      check(balancer, balancer.pick(nowMs), views);
    }
  }
}

describe("Balancer", () => {
  it("has shares that sum to 1, or are all 0 where no host is usable", () => {
    fc.assert(
      fc.property(scenario, (given) => {
        play(given, ({ table }) => {
          const total = sum(table.shares);
          assert.ok(table.usable.length > 0 ? Math.abs(total - 1) < 1e-9 : total === 0);
          assert.ok(table.shares.every((share) => share >= 0));
        });
      }),
    );
  });

  it("picks no host that is out, outside panic, and none that is closed, ever", () => {
    fc.assert(
      fc.property(scenario, (given) => {
        play(given, ({ table }, picked, views) => {
          if (picked < 0) return assert.equal(table.usable.length, 0);
          const state = views[picked]?.state ?? "gone";
          assert.ok(state !== "gone" && state !== "draining");
          assert.ok(state !== "suspect" || table.panic);
          assert.ok(table.usable.includes(picked));
        });
      }),
    );
  });

  it("never exceeds the bounded load while hosts tell how they do", () => {
    const answers = fc.array(fc.tuple(host, fc.integer({ min: 1, max: 500 })), {
      minLength: 1,
      maxLength: 30,
    });
    const size = fc.integer({ min: 2, max: 9 });
    fc.assert(
      fc.property(size, fc.constantFrom("auto", "p2c"), answers, fc.nat(), (count, balance, given, seed) => {
        const balancer = balancerOf(count, balance, seed);
        for (let i = 0; i < 400; i++) {
          const [from, latencyMs] = given[i % given.length] ?? [0, 1];
          // Some hosts answer often, others never.
          if (i % 3 === 0) balancer.feedback({ host: `host-${from + 1}`, latencyMs, failed: false }, i);
          pickWithin(balancer, i);
        }
      }),
    );
  });

  it("knows how much is under way, however answers and silence mix", () => {
    fc.assert(
      fc.property(scenario, (given) => {
        play(given, (balancer) => {
          const each = balancer.table.hosts.map((_, i) => balancer.pendingOf(i));
          assert.equal(balancer.pending, sum(each));
          assert.ok(each.every((pending) => pending >= 0));
        });
      }),
    );
  });

  it("is the same for the same chance and the same events", () => {
    fc.assert(
      fc.property(scenario, (given) => {
        const runs = [0, 1].map(() => {
          const picks: number[] = [];
          play(given, (_balancer, picked) => picks.push(picked));
          return picks;
        });
        assert.deepEqual(runs[0], runs[1]);
      }),
    );
  });

  it("spreads evenly without a pool and without feedback", () => {
    for (const policyName of ["auto", "round-robin"] as const)
      assert.deepEqual(spread(balancerOf(3, policyName), 300), [100, 100, 100]);
    assert.deepEqual(spread(balancerOf(10), 300), Array(10).fill(30));
    const byCost = spread(balancerOf(3, "p2c"), 3000);
    for (const count of byCost) assert.ok(Math.abs(count - 1000) <= 10, String(byCost));
  });

  it("follows the pool's weights, by 10 % of the traffic in a second at most", () => {
    const balancer = balancerOf(2, "round-robin");
    balancer.see([view("host-1", { weight: 3 }), view("host-2"), view("other", { weight: 100 })]);
    balancer.refresh(0);
    const start = balancer.table.shares[0] ?? 0;
    balancer.refresh(1000);
    assert.ok(Math.abs((balancer.table.shares[0] ?? 0) - start - 0.1) < 1e-9);
    for (let ms = 2000; ms <= 5000; ms += 250) balancer.refresh(ms);
    assert.deepEqual(spread(balancer, 100, 5000), [75, 25]);
  });

  it("ejects after 5 errors in a row, at once, and brings back slowly", () => {
    const balancer = balancerOf(3);
    spread(balancer, 30);
    for (let i = 0; i < 5; i++) balancer.feedback({ host: "host-2", latencyMs: 1, failed: true }, 300);
    assert.deepEqual(balancer.table.usable, [0, 2]);
    assert.equal(balancer.table.panic, false);
    balancer.refresh(30_299);
    assert.deepEqual(balancer.table.usable, [0, 2]);
    balancer.refresh(30_300);
    assert.ok((balancer.table.shares[1] ?? 1) < 0.1, "it begins at a tenth of its weight");
    for (let ms = 30_300; ms <= 60_400; ms += 250) balancer.refresh(ms);
    assert.ok((balancer.table.shares[1] ?? 0) > 0.3);
  });

  it("uses all hosts when more than half are out, but for those that are gone or drain", () => {
    const balancer = balancerOf(4);
    const suspect = (name: string): HostView => view(name, { state: "suspect" });
    balancer.see([suspect("host-1"), suspect("host-2"), view("host-3"), view("host-4")]);
    balancer.refresh(0);
    assert.deepEqual([balancer.table.panic, balancer.table.usable], [false, [2, 3]]);
    balancer.see([suspect("host-1"), suspect("host-2"), suspect("host-3"), view("host-4")]);
    balancer.refresh(1000);
    assert.deepEqual([balancer.table.panic, balancer.table.usable], [true, [0, 1, 2, 3]]);
    const gone = view("host-1", { state: "gone" });
    balancer.see([gone, view("host-2", { state: "draining" }), suspect("host-3"), suspect("host-4")]);
    balancer.refresh(2000);
    assert.deepEqual(balancer.table.usable, [2, 3]);
    assert.deepEqual(balancer.table.takesOwned, [false, true, true, true]);
  });

  it("swaps its table whole: one that was read does not change", () => {
    const balancer = balancerOf(2);
    const { table } = balancer;
    const copy = structuredClone(table);
    balancer.see([view("host-1", { state: "gone" })]);
    balancer.refresh(1000);
    assert.notEqual(balancer.table, table);
    assert.deepEqual(table, copy);
  });

  it("ignores feedback from hosts that are none of its own", () => {
    const balancer = balancerOf(2);
    balancer.pick(0);
    balancer.feedback({ host: "stranger", failed: true }, 1);
    balancer.feedback({ host: "__proto__", failed: true }, 1);
    assert.equal(balancer.pending, 1);
  });

  it("says what was sent lately, and before that what is meant", () => {
    const balancer = balancerOf(4);
    assert.deepEqual(balancer.recentShares(), [0.25, 0.25, 0.25, 0.25]);
    balancer.countSent(1);
    assert.deepEqual(balancer.recentShares(), [0, 1, 0, 0]);
  });
});
