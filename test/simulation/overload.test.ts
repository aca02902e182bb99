import assert from "node:assert/strict";
import { defaultFleet } from "../../src/demo/devices.ts";
import { observe } from "./overload/forecasts.ts";
import { playPerConnection } from "./overload/per-connection.ts";
import { playPerMessage, playStatic } from "./overload/per-message.ts";
import type { Scenario } from "./overload/scenario.ts";
import { fleetOf, hostsFor, WARM_UP_MS } from "./overload/scenario.ts";
import { playStitched } from "./overload/stitched.ts";

const DURATION_MS = WARM_UP_MS + 180_000;

function demoFleet(): Scenario {
  const fleet = fleetOf(defaultFleet(7), DURATION_MS);
  const crash = { host: "host-2", fromMs: WARM_UP_MS + 60_000, untilMs: WARM_UP_MS + 120_000 };
  return { name: "demo", isRepeating: true, fleet, hosts: hostsFor(fleet, 0.5), crash };
}

describe("overload simulation", () => {
  const scenario = demoFleet();
  const known = observe(scenario.fleet, scenario.hosts[0]?.perSec ?? 1, "online");
  const sent = scenario.fleet.atMs.filter((atMs) => atMs >= WARM_UP_MS).length;

  it("delivers what is sent, through moves and a crash, in order", () => {
    for (const policy of ["reactive", "predictive"] as const) {
      const { count, dropped, reordered } = playStitched(scenario, { policy, known });
      assert.deepEqual([count, dropped, reordered], [sent, 0, 0]);
    }
  });

  it("comes to the same figures from the same seed", () => {
    const figures = (): unknown[] => {
      const measure = playStitched(scenario, { policy: "reactive", known });
      return [measure.overloadSec, measure.moves, measure.quantileMs(0.99), measure.count];
    };
    assert.deepEqual(figures(), figures());
  });

  it("leaves sessions of a static hash at a host that is down, and no others", () => {
    const withCrash = playStatic(scenario);
    const { crash: _, ...calm } = scenario;
    assert.ok(withCrash.quantileMs(0.999) > 10_000);
    assert.ok(playStatic(calm as Scenario).quantileMs(0.5) <= withCrash.quantileMs(0.5) * 1.05);
  });

  it("keeps a device's connection at its host, whatever it sends, until the host is gone", () => {
    const { crash: _, ...calm } = scenario;
    const { count, dropped, reordered, overloadSec } = playPerConnection(calm as Scenario);
    assert.deepEqual([count, dropped, reordered], [sent, 0, 0]);
    // Both cameras surge above one host; messages that choose by themselves spread.
    const free = playPerMessage(calm as Scenario, { balance: "least-request", stateCost: 0, seed: 1 });
    assert.ok(free.overloadSec <= overloadSec, `${free.overloadSec} <= ${overloadSec}`);
    const withCrash = playPerConnection(scenario);
    assert.equal(withCrash.count + withCrash.dropped, sent);
  });

  it("balances by two choices nearly as well as by all: the median within half as much again", () => {
    const of = (balance: "least-request" | "least-connections") =>
      playPerMessage(scenario, { balance, stateCost: 0, seed: 3 }).quantileMs(0.5);
    assert.ok(of("least-request") <= 1.5 * of("least-connections"));
  });

  it("loses what a host that goes down has in hand where nobody retains it", () => {
    const { count, dropped } = playPerMessage(scenario, { balance: "p2c", stateCost: 0, seed: 1 });
    assert.deepEqual([count + dropped, dropped > 0], [sent, true]);
  });
});
