import assert from "node:assert/strict";
import fc from "fast-check";
import { SmoothWeightedRoundRobin } from "../../../src/core/route/smooth-weighted-round-robin.ts";

const weights = fc
  .array(fc.nat(20), { minLength: 1, maxLength: 8 })
  .filter((list) => list.some((weight) => weight > 0));

describe("SmoothWeightedRoundRobin", () => {
  it("interleaves as nginx does", () => {
    const robin = new SmoothWeightedRoundRobin(3);
    const picks = Array.from({ length: 7 }, () => robin.next([5, 1, 1]));
    assert.deepEqual(picks, [0, 0, 1, 0, 2, 0, 0]);
  });

  it("gives each exactly its weight in as many picks as the weights sum to", () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 3 }), (list, rounds) => {
        const robin = new SmoothWeightedRoundRobin(list.length);
        const counts = list.map(() => 0);
        const total = list.reduce((sum, weight) => sum + weight, 0);
        for (let i = 0; i < total * rounds; i++) {
          const picked = robin.next(list);
          counts[picked] = (counts[picked] ?? 0) + 1;
        }
        assert.deepEqual(
          counts,
          list.map((weight) => weight * rounds),
        );
      }),
    );
  });

  it("is never a whole pick per host off the weights", () => {
    fc.assert(
      fc.property(weights, fc.nat(200), (list, picks) => {
        const robin = new SmoothWeightedRoundRobin(list.length);
        const counts = list.map(() => 0);
        const total = list.reduce((sum, weight) => sum + weight, 0);
        for (let i = 0; i < picks; i++) {
          const picked = robin.next(list);
          counts[picked] = (counts[picked] ?? 0) + 1;
        }
        for (const [i, weight] of list.entries())
          assert.ok(Math.abs((counts[i] ?? 0) - (picks * weight) / total) < list.length);
      }),
    );
  });

  it("passes over what is not open, and over weights of 0", () => {
    const robin = new SmoothWeightedRoundRobin(3);
    const picks = Array.from({ length: 4 }, () => robin.next([1, 1, 0], (i) => i !== 0));
    assert.deepEqual(picks, [1, 1, 1, 1]);
    assert.equal(robin.next([0, 0, 0]), -1);
    assert.equal(
      robin.next([1, 1, 1], () => false),
      -1,
    );
  });
});
