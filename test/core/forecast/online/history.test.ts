import assert from "node:assert/strict";
import fc from "fast-check";
import { History } from "../../../../src/core/forecast/online/history.ts";
import { linearScale, log1pScale } from "../../../../src/core/forecast/online/scale.ts";

describe("a history of fine steps", () => {
  const counts = fc.array(fc.oneof(fc.nat(1000), fc.constant(Number.NaN)), { maxLength: 300 });

  it("keeps the latest counts to their number, missing ones missing", () => {
    fc.assert(
      fc.property(counts, fc.nat(300), (all, count) => {
        const history = new History(100, log1pScale.values);
        for (const value of all) history.add(value);
        const kept = all.slice(-100);
        assert.deepEqual(history.latest(count), Float64Array.from(count === 0 ? [] : kept.slice(-count)));
        assert.equal(history.size, kept.length);
      }),
    );
  });

  it("keeps sums of bytes to 0.03 %, whatever is beyond as the most it can", () => {
    const history = new History(10, log1pScale.values);
    fc.assert(
      fc.property(fc.double({ min: 2000, max: 1.4e12, noNaN: true }), (sum) => {
        history.add(sum);
        assert.ok(Math.abs((history.latest(1)[0] ?? 0) / sum - 1) < 3e-4, `${sum}`);
      }),
    );
    history.add(1e300);
    assert.ok((history.latest(1)[0] ?? 0) > 1e12);
  });

  it("keeps any other numbers as they are", () => {
    const history = new History(4, linearScale.values);
    for (const value of [1, -1e300, 1e-300, Number.NaN, Math.PI]) history.add(value);
    assert.deepEqual(history.latest(), Float64Array.of(-1e300, 1e-300, Number.NaN, Math.PI));
  });
});
