import assert from "node:assert/strict";
import fc from "fast-check";
import { RateHistory } from "../../../src/adapters/monitor/rate-history.ts";
import { Ring } from "../../../src/adapters/monitor/ring.ts";

describe("RateHistory", () => {
  it("holds the latest samples by their steps, whatever the gaps", () => {
    const steps = fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 40 }), fc.nat({ max: 1e6 }), (gaps, most, start) => {
        const history = new RateHistory(most, 2);
        const kept = new Map<number, number>();
        let step = start;
        for (const [i, gap] of gaps.entries()) {
          step += gap;
          history.add(step, i, i + 1);
          kept.set(step, i);
        }
        const wanted = (at: number): number => (at > step - most ? kept.get(at) : undefined) ?? Number.NaN;
        for (let at = start - 2; at <= step + 2; at++) {
          assert.equal(history.at(at, 0) ?? Number.NaN, wanted(at));
          assert.equal(history.at(at, 1) ?? Number.NaN, wanted(at) + 1);
        }
      }),
    );
  });

  it("knows nothing before the first sample", () => {
    assert.equal(new RateHistory(10, 1).at(0, 0), null);
  });
});

describe("Ring", () => {
  it("keeps the latest, newest first", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 20 }), (values, most) => {
        const ring = new Ring<number>(most);
        for (const value of values) ring.add(value);
        assert.deepEqual([...ring.newestFirst()], values.slice(-most).reverse());
      }),
    );
  });
});
