import assert from "node:assert/strict";
import { Balancer } from "../../../src/core/route/balancer.ts";
import type { BalancePolicy } from "../../../src/core/route/route-settings.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { type Outcome, percentile, QueueingHosts, type SimulatedHost } from "./queueing-hosts.ts";

const host = (n: number, serviceMs: (atMs: number) => number): SimulatedHost => ({
  host: `host-${n}`,
  serviceMs,
});
const steady = (...serviceMs: number[]): SimulatedHost[] => serviceMs.map((ms, i) => host(i + 1, () => ms));

function simulation(
  hosts: readonly SimulatedHost[],
  balance: BalancePolicy,
): { balancer: Balancer; hosts: QueueingHosts } {
  const balancer = new Balancer({
    hosts: hosts.map((each) => each.host),
    balance,
    random: seededRandom(7),
  });
  return { balancer, hosts: new QueueingHosts(balancer, hosts, seededRandom(11)) };
}

const shareOf = ({ counts }: Outcome, index: number): number =>
  (counts[index] ?? 0) / counts.reduce((total, count) => total + count, 0);

describe("Balancer, simulated", () => {
  for (const [balance, points] of [
    ["auto", 2],
    ["p2c", 5],
    ["round-robin", 0.1],
  ] as const)
    it(`${balance}: equal hosts get equal traffic, within ${points} points of 33 %`, () => {
      const { hosts } = simulation(steady(10, 10, 10), balance);
      const outcome = hosts.run({ perSec: 150, fromMs: 0, forMs: 120_000 });
      for (const i of [0, 1, 2]) {
        const share = shareOf(outcome, i);
        assert.ok(Math.abs(share - 1 / 3) < points / 100, `host ${i + 1}: ${share}`);
      }
    });

  it("auto: hosts of speeds 4, 2, 1 get traffic by speed, within 8 points", () => {
    const { hosts } = simulation(steady(10, 20, 40), "auto");
    hosts.run({ perSec: 120, fromMs: 0, forMs: 30_000 });
    const outcome = hosts.run({ perSec: 120, fromMs: 30_000, forMs: 120_000 });
    const wanted = [4 / 7, 2 / 7, 1 / 7];
    for (const [i, share] of wanted.entries())
      assert.ok(Math.abs(shareOf(outcome, i) - share) < 0.08, `${i}: ${shareOf(outcome, i)} for ${share}`);
  });

  it("auto: has less latency than round robin on uneven hosts: p99 at most half", () => {
    const run = (balance: BalancePolicy): number => {
      const { hosts } = simulation(steady(10, 20, 40), balance);
      return percentile(hosts.run({ perSec: 70, fromMs: 0, forMs: 120_000 }).latencies, 0.99);
    };
    const [auto, roundRobin] = [run("auto"), run("round-robin")];
    assert.ok(auto <= roundRobin / 2, `${auto} ms, round robin ${roundRobin} ms`);
  });

  for (const [balance, count] of [
    ["auto", 3],
    ["auto", 8],
    ["p2c", 3],
  ] as const)
    it(`${balance}, ${count} hosts: leaves a host that becomes slow and comes back to it`, () => {
      const slow = host(1, (atMs) => (atMs >= 60_000 && atMs < 120_000 ? 500 : 10));
      const rest = Array.from({ length: count - 1 }, (_, i) => host(i + 2, () => 10));
      const { hosts } = simulation([slow, ...rest], balance);
      const perSec = 40 * count;
      const before = hosts.run({ perSec, fromMs: 0, forMs: 60_000 });
      hosts.run({ perSec, fromMs: 60_000, forMs: 10_000 });
      const during = hosts.run({ perSec, fromMs: 70_000, forMs: 50_000 });
      hosts.run({ perSec, fromMs: 120_000, forMs: 90_000 });
      const after = hosts.run({ perSec, fromMs: 210_000, forMs: 60_000 });
      assert.ok(Math.abs(shareOf(before, 0) - 1 / count) < 0.05, `before ${shareOf(before, 0)}`);
      assert.ok(shareOf(during, 0) < 0.3 / count, `during ${shareOf(during, 0)}`);
      assert.ok(shareOf(after, 0) > 0.75 / count, `after ${shareOf(after, 0)}`);
      assert.ok(percentile(after.latencies, 0.99) < 200);
    });

  for (const balance of ["auto", "p2c"] as const)
    it(`${balance}: a host that fails fast gets less than a tenth of its share`, () => {
      const failing = { ...host(1, () => 10), fails: () => true };
      const { hosts } = simulation([failing, ...steady(10, 10, 10).slice(1)], balance);
      hosts.run({ perSec: 100, fromMs: 0, forMs: 5000 });
      const outcome = hosts.run({ perSec: 100, fromMs: 5000, forMs: 120_000 });
      assert.ok(shareOf(outcome, 0) < 0.033, `${shareOf(outcome, 0)}`);
    });

  it("auto: a host that fails every third message, never 5 in a row, is not preferred for being fast", () => {
    let n = 0;
    const flaky = { ...host(1, () => 30), fails: () => n++ % 3 === 0 };
    const { hosts } = simulation([flaky, host(2, () => 30), host(3, () => 30)], "auto");
    hosts.run({ perSec: 30, fromMs: 0, forMs: 20_000 });
    const outcome = hosts.run({ perSec: 30, fromMs: 20_000, forMs: 60_000 });
    assert.ok(shareOf(outcome, 0) < 0.1, `${shareOf(outcome, 0)}`);
  });

  for (const balance of ["auto", "p2c"] as const)
    it(`${balance}: a host that hangs keeps no more than a few messages`, () => {
      const hanging = host(1, (atMs) => (atMs < 30_000 ? 10 : Number.POSITIVE_INFINITY));
      const { hosts } = simulation([hanging, host(2, () => 10), host(3, () => 10)], balance);
      hosts.run({ perSec: 90, fromMs: 0, forMs: 30_000 });
      const outcome = hosts.run({ perSec: 90, fromMs: 30_000, forMs: 60_000 });
      assert.ok(shareOf(outcome, 0) < 0.02, `${shareOf(outcome, 0)}`);
      assert.equal(outcome.undelivered, 0);
    });
});
