import assert from "node:assert/strict";
import fc from "fast-check";
import { LOAD_FACTOR, loadBound, pickWithinBound } from "../../../src/core/route/bounded-load.ts";
import { toShares } from "../../../src/core/route/weight-control.ts";

const weights = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 12 });

describe("pickWithinBound", () => {
  it("never exceeds a host's bound, whatever is preferred", () => {
    fc.assert(
      fc.property(weights, fc.infiniteStream(fc.nat()), fc.nat(300), (list, picks, count) => {
        const shares = toShares(list);
        const loads = list.map(() => 0);
        const hosts = list.map((_, i) => i);
        for (let total = 0; total < count; total++) {
          const start = picks.next().value % hosts.length;
          const preference = [...hosts.slice(start), ...hosts.slice(0, start)];
          const picked = pickWithinBound({ preference, loads, shares });
          assert.ok(picked >= 0, "there is always room");
          loads[picked] = (loads[picked] ?? 0) + 1;
          const share = shares[picked] ?? 0;
          assert.ok((loads[picked] ?? 0) <= loadBound(total, share));
        }
      }),
    );
  });

  it("follows the preference where the bound allows it", () => {
    const shares = [0.5, 0.5];
    assert.equal(pickWithinBound({ preference: [1, 0], loads: [0, 0], shares }), 1);
    assert.equal(pickWithinBound({ preference: [1, 0], loads: [0, 6], shares }), 0);
    assert.equal(pickWithinBound({ preference: [], loads: [], shares: [] }), -1);
  });

  it("allows a quarter more than the fair share", () => {
    assert.equal(loadBound(99, 0.5), 100 * 0.5 * LOAD_FACTOR + 0.5);
  });
});
