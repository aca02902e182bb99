import assert from "node:assert/strict";
import fc from "fast-check";
import { PeakEwma } from "../../../src/core/route/peak-ewma.ts";

const latency = fc.double({ min: 0, max: 1e6, noNaN: true });
const gap = fc.integer({ min: 0, max: 60_000 });

describe("PeakEwma", () => {
  it("takes a peak at once and forgets it with the time constant", () => {
    const ewma = new PeakEwma(10_000);
    ewma.observe(10, 0);
    ewma.observe(100, 1000);
    assert.equal(ewma.value, 100);
    ewma.observe(10, 11_000);
    assert.ok(Math.abs(ewma.value - (10 + 90 / Math.E)) < 1e-9);
  });

  it("decays while it is only looked at, and looking changes nothing", () => {
    const ewma = new PeakEwma(10_000);
    assert.equal(ewma.at(5000), 0);
    ewma.observe(100, 0);
    assert.ok(Math.abs(ewma.at(10_000) - 100 / Math.E) < 1e-9);
    assert.equal(ewma.value, 100);
  });

  it("stays between the lowest and the highest sample, never below the latest", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(latency, gap), { minLength: 1 }), (samples) => {
        const ewma = new PeakEwma();
        let nowMs = 0;
        for (const [sample, gapMs] of samples) {
          nowMs += gapMs;
          ewma.observe(sample, nowMs);
          assert.ok(ewma.value >= sample * (1 - 1e-12));
        }
        const all = samples.map(([sample]) => sample);
        assert.ok(ewma.value <= Math.max(...all) * (1 + 1e-12));
        assert.ok(ewma.at(nowMs + 1) <= ewma.value);
      }),
    );
  });

  it("refuses a time constant that is none", () => {
    assert.throws(() => new PeakEwma(0), /tauMs must be > 0 ms, got 0/);
  });
});
