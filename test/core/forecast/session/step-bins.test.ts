import assert from "node:assert/strict";
import fc from "fast-check";
import { type Bin, StepBins } from "../../../../src/core/forecast/session/step-bins.ts";

const drained = (bins: StepBins, nowMs: number): Bin[] => {
  const seen: Bin[] = [];
  bins.drain(nowMs, (bin) => seen.push(bin));
  return seen;
};

describe("step bins", () => {
  it("count, sum and keep the last value of each step", () => {
    const bins = new StepBins(1000, 5_200);
    bins.add(3, 5_300);
    bins.add(4, 5_999);
    bins.add(10, 6_000);
    assert.deepEqual(drained(bins, 7_000), [
      { index: 5, count: 2, sum: 7, last: 4 },
      { index: 6, count: 1, sum: 10, last: 10 },
    ]);
    assert.deepEqual(drained(bins, 7_500), []);
  });

  it("close a silent step by the clock alone", () => {
    const bins = new StepBins(1000, 0);
    assert.deepEqual(drained(bins, 1_000), [{ index: 0, count: 0, sum: 0, last: Number.NaN }]);
  });

  it("give each value to its step, once, and each step once, in order", () => {
    const gaps = fc.array(fc.tuple(fc.integer({ min: 0, max: 5_000 }), fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(gaps, (all) => {
        const bins = new StepBins(1000, 0);
        const sent = new Map<number, number>();
        const seen: Bin[] = [];
        let nowMs = 0;
        for (const [gapMs, isDrained] of all) {
          nowMs += gapMs;
          const index = Math.floor(nowMs / 1000);
          if (isDrained || index - (seen.at(-1)?.index ?? -1) > 20)
            bins.drain(nowMs, (bin) => seen.push(bin));
          bins.add(1, nowMs);
          sent.set(index, (sent.get(index) ?? 0) + 1);
        }
        bins.drain(nowMs + 1000, (bin) => seen.push(bin));
        assert.deepEqual(
          seen.map(({ index, count }) => [index, count]),
          seen.map((_, i) => [i, sent.get(i) ?? 0]),
        );
      }),
    );
  });

  it("keep the newest steps of a gap that is longer than the ring", () => {
    const bins = new StepBins(1000, 0);
    bins.add(1, 0);
    bins.add(1, 1_000_000_000);
    const seen = drained(bins, 1_000_001_000);
    assert.equal(seen.length, 31, "and one that is open");
    assert.deepEqual([seen[0]?.count, seen.at(-1)?.count, seen.at(-1)?.index], [0, 1, 1_000_000]);
  });

  it("take a value that is dated before the open step into the open step", () => {
    const bins = new StepBins(1000, 5_000);
    bins.add(1, 4_000);
    assert.equal(drained(bins, 6_000)[0]?.count, 1);
  });
});
