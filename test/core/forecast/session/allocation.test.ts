import assert from "node:assert/strict";
import { allocate } from "../../../../src/core/forecast/session/allocation.ts";
import type { Curve } from "../../../../src/core/forecast/session-profile.ts";

const curve = (median: readonly number[]): Curve => ({
  median,
  lower: median.map(() => 0),
  upper: median.map((value) => 2 * value),
  level: 80,
});
const input = {
  atMs: 1_000_000,
  stepMs: 1000,
  bytes: curve([100, 100, 300, 200]),
  messages: curve([1, 1, 3, 2]),
  isUpper: true,
  carriedBps: 250,
  room: { capacities: [], threshold: 0.8 },
};

describe("allocation", () => {
  it("sets aside the upper peak with the room that the threshold leaves", () => {
    assert.deepEqual(allocate(input), {
      peakBps: 600,
      peakAtMs: 1_002_000,
      hosts: 1,
      capacityBps: 750,
      readyByMs: 1_002_000,
    });
  });

  it("is due when the load first grows, not only at the peak", () => {
    assert.equal(allocate({ ...input, bytes: curve([100, 150, 300, 200]) }).readyByMs, 1_001_000);
  });

  it("trusts no upper curve of a model without skill", () => {
    const { peakBps } = allocate({ ...input, isUpper: false });
    assert.equal(peakBps, 300);
    assert.equal(
      allocate({ ...input, isUpper: false, carriedBps: 400 }).peakBps,
      400,
      "what is carried is still there",
    );
  });

  it("asks for as many typical hosts as carry it below the threshold, never more than there are", () => {
    const host = { bytesPerSec: 500, messagesPerSec: 100 };
    const hosts = (count: number): number =>
      allocate({ ...input, room: { threshold: 0.8, capacities: Array.from({ length: count }, () => host) } })
        .hosts;
    assert.deepEqual([1, 2, 5].map(hosts), [1, 2, 2]);
  });

  it("counts messages where they are the tighter limit", () => {
    const capacities = [
      { messagesPerSec: 2 },
      { messagesPerSec: 2 },
      { messagesPerSec: 2 },
      { messagesPerSec: 2 },
    ];
    assert.equal(allocate({ ...input, room: { threshold: 1, capacities } }).hosts, 3);
  });
});
