import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type Due, defaultFleet, type Source, surgeRate } from "../../src/demo/devices.ts";

function untilMs(source: Source, endMs: number): Due[] {
  const all: Due[] = [];
  for (let due = source.next(); due && due.dueMs < endMs; due = source.next()) all.push(due);
  return all;
}

/** Messages per second of the whole fleet, per second of three minutes. */
function rates(seed: number, only = ""): number[] {
  const perSecond = Array.from({ length: 180 }, () => 0);
  for (const source of defaultFleet(seed)) {
    if (!source.device.startsWith(only)) continue;
    for (const { dueMs } of untilMs(source, 180_000)) {
      const second = Math.floor(dueMs / 1000);
      perSecond[second] = (perSecond[second] ?? 0) + 1;
    }
  }
  return perSecond;
}

/** Largest mean over windows of 5 s. */
function peakOf(perSecond: readonly number[]): number {
  const windows = perSecond
    .slice(5)
    .map((_, i) => perSecond.slice(i, i + 5).reduce((sum, n) => sum + n, 0) / 5);
  return Math.max(...windows);
}

describe("defaultFleet", () => {
  it("is the same for the same seed, and another for another", () => {
    const messages = (seed: number): Due[] => defaultFleet(seed).flatMap((source) => untilMs(source, 20_000));
    assert.deepEqual(messages(5), messages(5));
    assert.notDeepEqual(messages(5), messages(6));
  });

  it("sends each device's messages in order of time, to names of its own", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (seed) => {
        const fleet = defaultFleet(seed);
        assert.equal(new Set(fleet.map(({ device }) => device)).size, fleet.length);
        for (const source of fleet) {
          let lastMs = 0;
          for (const { dueMs, device, bytes } of untilMs(source, 30_000)) {
            assert.ok(dueMs >= lastMs && bytes > 0 && device === source.device);
            lastMs = dueMs;
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  it("surges past one host's default capacity of 100 messages/s within a camera, and stays below two hosts'", () => {
    for (const seed of [1, 2, 3]) {
      assert.ok(peakOf(rates(seed, "cam-1")) > 85, `cam-1, seed ${seed}`);
      const whole = peakOf(rates(seed));
      assert.ok(whole > 100 && whole < 170, `whole fleet ${whole}, seed ${seed}`);
    }
  });

  it("surges repeatedly, about every 40 s", () => {
    const perSecond = rates(1, "cam-1");
    const starts = perSecond.flatMap((rate, i) =>
      rate >= 50 && (perSecond[i - 1] ?? 0) < 50 && Math.max(...perSecond.slice(Math.max(0, i - 8), i)) < 50
        ? [i]
        : [],
    );
    assert.ok(starts.length >= 4, String(starts));
  });
});

describe("surgeRate", () => {
  const shape = {
    basePerSec: 5,
    peakPerSec: 105,
    everyMs: 40_000,
    offsetMs: 10_000,
    rampMs: 10_000,
    topMs: 8_000,
  };

  it("ramps up, stays, ramps down and comes again", () => {
    const at = (seconds: number): number => surgeRate(shape, seconds * 1000);
    assert.deepEqual(
      [0, 10, 15, 20, 28, 30.5, 33, 45, 50, 55].map(at),
      [5, 5, 55, 105, 105, 55, 5, 5, 5, 55],
    );
  });

  it("never leaves base..peak", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (atMs) => {
        const rate = surgeRate(shape, atMs);
        assert.ok(rate >= shape.basePerSec && rate <= shape.peakPerSec);
      }),
    );
  });
});
