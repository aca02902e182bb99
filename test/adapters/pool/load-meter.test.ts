import assert from "node:assert/strict";
import { LoadMeter } from "../../../src/adapters/pool/load-meter.ts";
import { FakeClock } from "../../support/fake-clock.ts";

describe("LoadMeter", () => {
  let clock: FakeClock;
  let meter: LoadMeter;
  beforeEach(() => {
    clock = new FakeClock(1000);
    meter = new LoadMeter(clock);
  });
  afterEach(() => meter.close());

  /** One interval of 500 ms in which the flow finishes `count` messages and always has another in hand. */
  function busy(count: number): number | undefined {
    for (let i = 0; i < count; i++) {
      meter.delivered();
      meter.finished();
    }
    clock.advance(500);
    return meter.sample().serviceRatePerSec;
  }

  it("knows no service rate until the flow was busy for a whole interval", () => {
    assert.equal(busy(50), undefined, "it has nothing in hand for 500 ms");
    clock.advance(100);
    meter.delivered();
    assert.equal(busy(50), undefined, "it was idle for the first 100 ms");
    assert.equal(busy(50), 100);
  });

  it("measures a host that one slot saturates by work of its own, not by waiting", () => {
    for (const [cpuMs, rate] of [
      [450, 100],
      [100, undefined],
    ] as const) {
      let user = 0;
      const single = new LoadMeter(clock, (before) => ({ user: user - (before?.user ?? 0), system: 0 }));
      single.delivered();
      for (let i = 0; i < 50; i++) {
        clock.advance(10);
        single.finished();
        single.delivered();
      }
      user = cpuMs * 1000;
      assert.equal(single.sample().serviceRatePerSec, rate);
      single.close();
    }
  });

  it("believes a higher rate at once, a lower one slowly", () => {
    meter.delivered();
    busy(1);
    busy(50);
    assert.equal(busy(100), 200);
    const lower = busy(50) ?? assert.fail();
    assert.ok(Math.abs(lower - 190) < 1e-9);
  });

  it("measures its process", () => {
    clock.advance(500);
    const { cpu, memoryBytes, loopDelayP99Ms } = meter.sample();
    assert.ok(cpu >= 0 && memoryBytes > 1e6 && loopDelayP99Ms >= 0);
  });
});
