import assert from "node:assert/strict";
import fc from "fast-check";
import { loadBound } from "../../../src/core/route/bounded-load.ts";
import { type FirstHost, firstOwner } from "../../../src/core/route/first-owner.ts";
import { rendezvous } from "../../../src/core/route/weighted-rendezvous.ts";

const THRESHOLD = 0.85;
const hostsOf = (...all: readonly Partial<FirstHost>[]): FirstHost[] =>
  all.map((own, i) => ({ host: `host-${i + 1}`, weight: 1, utilisation: 0, slots: 0, ...own }));

describe("firstOwner", () => {
  it("is the rendezvous' host where all are alike", () => {
    const hosts = hostsOf({ slots: 10 }, { slots: 10 }, { slots: 10 });
    for (let i = 0; i < 50; i++)
      assert.equal(firstOwner(`cam-${i}`, hosts, THRESHOLD), rendezvous(`cam-${i}`, hosts));
  });

  it("gives a fleet that opens all at once to no host more than 1.25 times its share", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 200 }),
        (weights, sessions) => {
          const slots = weights.map(() => 0);
          const total = weights.reduce((all, weight) => all + weight, 0);
          for (let n = 0; n < sessions; n++) {
            const hosts = hostsOf(...weights.map((weight, i) => ({ weight, slots: slots[i] as number })));
            const owner = firstOwner(`device/${n}`, hosts, THRESHOLD);
            const at = hosts.findIndex(({ host }) => host === owner);
            (slots[at] as number)++;
          }
          for (const [i, count] of slots.entries())
            assert.ok(count <= loadBound(sessions - 1, (weights[i] as number) / total));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("passes hosts that are used more than 1.25 times as much as the others, unless they are next to idle", () => {
    const busy = hostsOf({ utilisation: 0.7 }, { utilisation: 0.2 }, { utilisation: 0.3 });
    const idle = hostsOf({ utilisation: 0.09 }, { utilisation: 0.01 }, { utilisation: 0.01 });
    const ids = Array.from({ length: 60 }, (_, i) => `cam-${i}`);
    assert.ok(ids.every((id) => firstOwner(id, busy, THRESHOLD) !== "host-1"));
    assert.ok(ids.some((id) => firstOwner(id, idle, THRESHOLD) === "host-1"));
  });

  it("passes a full host, and takes one all the same where all are full", () => {
    const one = hostsOf({ utilisation: 0.9 }, { utilisation: 0.84 });
    for (let i = 0; i < 20; i++) assert.equal(firstOwner(`cam-${i}`, one, THRESHOLD), "host-2");
    const none = hostsOf({ utilisation: 0.9 }, { utilisation: 1.2 });
    assert.equal(firstOwner("cam-1", none, THRESHOLD), rendezvous("cam-1", none));
    assert.equal(firstOwner("cam-1", [], THRESHOLD), undefined);
  });
});
