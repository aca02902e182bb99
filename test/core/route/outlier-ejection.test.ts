import assert from "node:assert/strict";
import fc from "fast-check";
import { OutlierEjection } from "../../../src/core/route/outlier-ejection.ts";

function fail(ejection: OutlierEjection, index: number, times: number, nowMs = 0): boolean {
  let isEjected = false;
  for (let i = 0; i < times; i++) isEjected = ejection.report(index, true, nowMs) || isEjected;
  return isEjected;
}

describe("OutlierEjection", () => {
  it("ejects after 5 errors in a row, and not after 5 with a success between", () => {
    const ejection = new OutlierEjection(4);
    fail(ejection, 0, 4);
    ejection.report(0, false, 0);
    fail(ejection, 0, 4);
    assert.equal(ejection.isEjected(0, 0), false);
    assert.equal(fail(ejection, 0, 1), true);
    assert.equal(ejection.isEjected(0, 29_999), true);
    assert.equal(ejection.isEjected(0, 30_000), false);
  });

  it("stays out longer each time, up to 300 s, and less after calm times", () => {
    const ejection = new OutlierEjection(2);
    let nowMs = 0;
    for (let n = 1; n <= 12; n++) {
      assert.equal(fail(ejection, 0, 5, nowMs), true);
      const outMs = Math.min(300_000, n * 30_000);
      assert.equal(ejection.isEjected(0, nowMs + outMs - 1), true);
      assert.equal(ejection.isEjected(0, nowMs + outMs), false);
      nowMs += outMs;
    }
    nowMs += 12 * 30_000;
    fail(ejection, 0, 5, nowMs);
    assert.equal(ejection.isEjected(0, nowMs + 30_000), false);
  });

  it("never ejects more than half of the pool, with those that are out for other reasons", () => {
    const report = fc.record({ host: fc.nat(9), failed: fc.boolean(), gapMs: fc.nat(2000), out: fc.nat(3) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.array(report, { maxLength: 300 }), (size, reports) => {
        const ejection = new OutlierEjection(size, { consecutiveErrors: 2 });
        let nowMs = 0;
        for (const { host, failed, gapMs, out } of reports) {
          nowMs += gapMs;
          const isNew = ejection.report(host % size, failed, nowMs, out);
          assert.ok(ejection.ejected(nowMs) <= size / 2);
          if (isNew) assert.ok(ejection.ejected(nowMs) + out <= size / 2);
        }
      }),
    );
  });

  it("knows nothing of hosts that are none of the pool", () => {
    const ejection = new OutlierEjection(2);
    assert.equal(fail(ejection, 7, 10), false);
    assert.equal(ejection.isEjected(7, 0), false);
  });
});
