import assert from "node:assert/strict";
import fc from "fast-check";
import type { PlannedHost } from "../../../src/core/stitch/planner/plan-types.ts";
import {
  type AdviceInput,
  adviceFor,
  RELEASE_MS,
  ScaleAdvisor,
} from "../../../src/core/stitch/scale-advice.ts";
import { spareThreshold } from "../../../src/core/stitch/spare-host.ts";
import { profileLike } from "../../support/session-profiles.ts";
import { host, inputOf, type PoolLike, slot } from "./planner/pools.ts";

const pool = (like: PoolLike, spareHost = false): AdviceInput => {
  const { nowMs, hosts, slots } = inputOf(like);
  return { nowMs, threshold: 0.8, spareHost, isForecast: true, hosts, slots };
};

describe("advice on more hosts", () => {
  it("is none where what is measured and forecast fits below the threshold", () => {
    const hosts = [host("a", 200), host("b", 200)];
    assert.equal(adviceFor(pool({ hosts, slots: [slot("cam", "a", 320)] }))?.hosts, 0);
  });

  it("tells how many of which size, and by when a forecast needs them", () => {
    const hosts = [host("a", 200), host("b", 200)];
    // Medians are half of these: 100 messages/s for two minutes, then 600, with 600 above it.
    const messages = [...Array(12).fill(200), ...Array(12).fill(1200)];
    const profiles = [profileLike({ sessionId: "cam", atMs: 0, stepMs: 10_000, messages })];
    const advice = adviceFor(pool({ hosts, slots: [slot("cam", "a", 90)], profiles }));
    assert.deepEqual([advice?.hosts, advice?.have, advice?.want], [6, 2, 8]);
    assert.deepEqual(advice?.each, { messagesPerSec: 200 });
    assert.equal(advice?.byMs, 120_000);
    assert.equal(advice?.reason, "peak 1200 msg/s at +128 s, 2 hosts carry 320 below 0.8");
  });

  it("trusts no forecast without skill, and always what is measured", () => {
    const hosts = [host("a", 100)];
    const profiles = [profileLike({ sessionId: "cam", atMs: 0, messages: [900, 900], skill: 0 })];
    assert.equal(adviceFor(pool({ hosts, slots: [slot("cam", "a", 70)], profiles }))?.hosts, 0);
    const advice = adviceFor(pool({ hosts, slots: [slot("cam", "a", 170)], profiles }));
    assert.deepEqual([advice?.hosts, advice?.byMs], [2, 0]);
  });

  it("is not given where a host's capacity isn't known, or none takes slots", () => {
    const slots = [slot("cam", "a", 500)];
    assert.equal(adviceFor(pool({ hosts: [host("a"), host("b", 100, { capacity: {} })], slots })), undefined);
    assert.equal(adviceFor(pool({ hosts: [host("a", 100, { state: "draining" })], slots })), undefined);
  });

  it("with a spare host, lets the pool carry its load without any one host", () => {
    const rate = fc.double({ min: 1, max: 1000, noNaN: true });
    fc.assert(
      fc.property(fc.array(rate, { minLength: 1, maxLength: 8 }), rate, (capacities, load) => {
        const hosts = capacities.map((perSec, i) => host(`host-${i}`, perSec));
        const advice = adviceFor(pool({ hosts, slots: [slot("cam", "host-0", load)] }, true));
        assert.ok(advice);
        const all = [...capacities, ...Array(advice.hosts).fill(advice.each.messagesPerSec)] as number[];
        const rest = all.reduce((sum, one) => sum + one, 0) - Math.max(...all);
        assert.ok(load <= 0.8 * rest * (1 + 1e-9) + 1e-9, `${load} on ${all.join()} without the largest`);
      }),
    );
  });
});

describe("the advisor", () => {
  const at = (nowMs: number, perSec: number, hosts: PlannedHost[] = [host("a", 100)]): AdviceInput =>
    pool({ nowMs, hosts, slots: [slot("cam", "a", perSec)] });

  it("says nothing while the hosts that are there are enough", () => {
    const advisor = new ScaleAdvisor();
    assert.equal(advisor.see(at(0, 50)), undefined);
  });

  it("tells a need once, and a greater one at once", () => {
    const advisor = new ScaleAdvisor();
    assert.equal(advisor.see(at(0, 120))?.want, 2);
    assert.equal(advisor.see(at(5000, 130)), undefined);
    assert.equal(advisor.see(at(10_000, 200))?.want, 3);
  });

  it("takes some calls for a large fleet, then says what all of its sessions need", () => {
    const rates = fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 4001, maxLength: 6000 });
    fc.assert(
      fc.property(rates, ([first = 0, ...rest]) => {
        const slots = [first, ...rest].map((rate, i) => slot(`device/${i}`, "a", rate));
        const profiles = [profileLike({ sessionId: "device/1", atMs: 0, messages: [900, 900] })];
        const input = pool({ hosts: [host("a", 100)], slots, profiles });
        const advisor = new ScaleAdvisor();
        assert.deepEqual([advisor.see(input), advisor.see(input)], [undefined, undefined]);
        assert.deepEqual(advisor.see(input), adviceFor(input));
      }),
      { numRuns: 20 },
    );
  });

  it("says nothing when the hosts that it asked for came", () => {
    const advisor = new ScaleAdvisor();
    assert.equal(advisor.see(at(0, 120))?.want, 2);
    assert.equal(advisor.see(at(5000, 120, [host("a", 100), host("b", 100)])), undefined);
  });

  it("takes a need back when it has been less for five minutes", () => {
    const advisor = new ScaleAdvisor();
    advisor.see(at(0, 120));
    assert.equal(advisor.see(at(1000, 10)), undefined);
    assert.equal(advisor.see(at(RELEASE_MS, 10)), undefined);
    assert.deepEqual(advisor.see(at(RELEASE_MS + 1000, 10))?.hosts, 0);
  });
});

describe("room for the loss of any one host", () => {
  it("keeps each host so empty that the others carry the largest's load below the threshold", () => {
    const perSec = fc.double({ min: 1, max: 1000, noNaN: true });
    fc.assert(
      fc.property(fc.array(perSec, { minLength: 2, maxLength: 8 }), (capacities) => {
        const hosts = capacities.map((each, i) => host(`host-${i}`, each));
        const threshold = spareThreshold(0.85, hosts, []);
        const total = capacities.reduce((sum, one) => sum + one, 0);
        const rest = total - Math.max(...capacities);
        if (threshold > 0.1) assert.ok(threshold * total <= 0.85 * rest * (1 + 1e-9) + 1e-9);
      }),
    );
  });

  it("asks for no more than the pool has: a full one is spread evenly, never above the threshold", () => {
    const hosts = [host("a", 100), host("b", 100)];
    const of = (load: number): number => spareThreshold(0.85, hosts, [slot("cam", "a", load)]);
    assert.deepEqual([of(20), of(100), of(190)], [0.425, 0.6, 0.85]);
  });

  it("leaves the threshold as it is for one host, or where a capacity isn't known", () => {
    assert.equal(spareThreshold(0.85, [host("a")], []), 0.85);
    assert.equal(spareThreshold(0.85, [host("a"), host("b", 1, { capacity: {} })], []), 0.85);
  });
});
