import assert from "node:assert/strict";
import { SlotLoad } from "../../../src/core/stitch/slot-load.ts";
import { seededRandom } from "../../support/seeded-random.ts";

/** Rate after so many seconds of messages of 100 bytes with these gaps. */
function streamOf(seconds: number, gapMs: () => number): { load: SlotLoad; nowMs: number } {
  const load = new SlotLoad(0);
  let nowMs = 0;
  for (let next = gapMs(); nowMs + next <= seconds * 1000; next = gapMs()) {
    nowMs += next;
    load.take(100, nowMs);
  }
  return { load, nowMs: seconds * 1000 };
}

describe("SlotLoad", () => {
  it("is the rate of a steady stream, from 5 s on", () => {
    for (const seconds of [5, 10, 60]) {
      const { load, nowMs } = streamOf(seconds, () => 100);
      const { messagesPerSec, bytesPerSec } = load.rate(nowMs);
      assert.ok(Math.abs(messagesPerSec - 10) < 0.1, `${messagesPerSec} after ${seconds} s`);
      assert.ok(Math.abs(bytesPerSec - 1000) < 10);
    }
  });

  it("is the same for a stream of the same rate with uneven gaps, on average", () => {
    const random = seededRandom(7);
    let sum = 0;
    for (let i = 0; i < 200; i++) {
      const { load, nowMs } = streamOf(60, () => -100 * Math.log(1 - random.next()));
      sum += load.rate(nowMs).messagesPerSec / 200;
    }
    assert.ok(Math.abs(sum - 10) < 0.3, `${sum}`);
  });

  it("falls in silence without a message that would say so", () => {
    const { load, nowMs } = streamOf(60, () => 100);
    const later = load.rate(nowMs + 10_000).messagesPerSec;
    assert.ok(Math.abs(later - 10 / Math.E) < 0.1, `${later}`);
    assert.ok(load.rate(nowMs + 600_000).messagesPerSec < 1e-20);
    assert.equal(load.lastMs, nowMs);
  });

  it("does not take a first message, or a burst, for a rate", () => {
    const load = new SlotLoad(0);
    load.take(100, 0);
    assert.ok(load.rate(0).messagesPerSec < 0.3);
    for (let i = 0; i < 9; i++) load.take(100, 0);
    assert.ok(load.rate(0).messagesPerSec < 3);
  });

  it("is nothing before the first message", () => {
    assert.deepEqual(new SlotLoad(0).rate(1000), { messagesPerSec: 0, bytesPerSec: 0 });
  });
});
