import assert from "node:assert/strict";
import fc from "fast-check";
import { LATENCY_BOUNDS_MS, LatencyMeter } from "../../../src/core/route/latency-meter.ts";

describe("LatencyMeter", () => {
  const latency = fc.double({ min: 0.1, max: 100_000, noNaN: true });

  it("counts each latency once, within the first bound that holds it, and sums them", () => {
    fc.assert(
      fc.property(fc.array(latency), (latencies) => {
        const meter = new LatencyMeter();
        for (const ms of latencies) meter.observe(ms, 0);
        const wanted = [...LATENCY_BOUNDS_MS, Number.POSITIVE_INFINITY].map(
          (most, i) => latencies.filter((ms) => ms <= most && ms > (LATENCY_BOUNDS_MS[i - 1] ?? -1)).length,
        );
        assert.deepEqual(meter.counts, wanted);
        const sum = latencies.reduce((all, ms) => all + ms, 0);
        assert.ok(Math.abs(meter.sumMs - sum) <= 1e-9 * sum);
      }),
    );
  });

  it("tells quantiles to a tenth", () => {
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1 }), (latencies) => {
        const meter = new LatencyMeter();
        for (const ms of latencies) meter.observe(ms, 0);
        const sorted = latencies.toSorted((a, b) => a - b);
        const { p50Ms = 0, p99Ms = 0 } = meter.now(1) ?? {};
        for (const [told, share] of [
          [p50Ms, 0.5],
          [p99Ms, 0.99],
        ] as const) {
          const exact = sorted[Math.ceil(sorted.length * share) - 1] as number;
          assert.ok(Math.abs(told / exact - 1) <= 0.1, `${told} ms told, ${exact} ms true`);
        }
      }),
    );
  });

  it("forgets what is older than two windows, and never what was counted", () => {
    const meter = new LatencyMeter();
    meter.observe(500, 0);
    meter.observe(5, 16_000);
    assert.ok((meter.now(20_000)?.p99Ms ?? 0) > 450, "half a minute is recent");
    assert.ok((meter.now(31_500)?.p99Ms ?? 0) < 6);
    assert.equal(meter.now(100_000), undefined);
    assert.equal(
      meter.counts.reduce((all, count) => all + count, 0),
      2,
    );
  });

  it("takes a clock's noise for no time at all", () => {
    const meter = new LatencyMeter();
    meter.observe(-0.3, 0);
    assert.equal(meter.sumMs, 0);
    assert.equal(meter.counts[0], 1);
  });
});
