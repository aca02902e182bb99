import assert from "node:assert/strict";
import fc from "fast-check";
import { rendezvous } from "../../../src/core/route/weighted-rendezvous.ts";

const KEYS = Array.from({ length: 20_000 }, (_, i) => `devices/sensor-${i}/up`);
const hostsOf = (weights: Readonly<Record<string, number>>) =>
  Object.entries(weights).map(([host, weight]) => ({ host, weight }));

function sharesOf(weights: Readonly<Record<string, number>>): Record<string, number> {
  const shares: Record<string, number> = {};
  for (const key of KEYS) {
    const host = rendezvous(key, hostsOf(weights)) as string;
    shares[host] = (shares[host] ?? 0) + 1 / KEYS.length;
  }
  return shares;
}

describe("rendezvous", () => {
  it("gives each host its weight's share of the keys, within 2 %", () => {
    const shares = sharesOf({ "host-1": 1, "host-2": 1, "host-3": 2 });
    assert.ok(Math.abs((shares["host-1"] ?? 0) - 0.25) < 0.02, `${shares["host-1"]}`);
    assert.ok(Math.abs((shares["host-2"] ?? 0) - 0.25) < 0.02, `${shares["host-2"]}`);
    assert.ok(Math.abs((shares["host-3"] ?? 0) - 0.5) < 0.02, `${shares["host-3"]}`);
  });

  it("moves only the keys of the host that leaves", () => {
    const all = hostsOf({ "host-1": 1, "host-2": 3, "host-3": 2 });
    const left = all.filter(({ host }) => host !== "host-2");
    for (const key of KEYS) {
      const before = rendezvous(key, all);
      if (before !== "host-2") assert.equal(rendezvous(key, left), before);
    }
  });

  it("does not care in which order the hosts are told, and takes any key", () => {
    const weight = fc.double({ min: 0.01, max: 100, noNaN: true });
    fc.assert(
      fc.property(
        fc.string(),
        fc.dictionary(fc.string({ minLength: 1 }), weight, { minKeys: 1 }),
        (key, weights) => {
          const hosts = hostsOf(weights);
          const chosen = rendezvous(key, hosts);
          assert.ok(hosts.some(({ host }) => host === chosen));
          assert.equal(rendezvous(key, hosts.toReversed()), chosen);
        },
      ),
    );
  });

  it("knows no host where there is none", () => {
    assert.equal(rendezvous("cam-7", []), undefined);
  });
});
