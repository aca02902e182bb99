import assert from "node:assert/strict";
import fc from "fast-check";
import { rhythmOf } from "../../../../src/core/forecast/session/rhythm.ts";

const base = { stepMs: 1000, steps: 6 };

describe("rhythm", () => {
  it("goes on with the latest message's phase", () => {
    assert.deepEqual(
      rhythmOf({ ...base, lastAtMs: 9_500, periodMs: 2_000, fromMs: 10_000 }),
      [0, 1, 0, 1, 0, 1],
    );
  });

  it("expects one that is a little late at once, and the others after it", () => {
    assert.deepEqual(
      rhythmOf({ ...base, lastAtMs: 7_500, periodMs: 2_000, fromMs: 10_000 }),
      [1, 0, 1, 0, 1, 0],
    );
  });

  it("gives up one that is later, and keeps the grid", () => {
    assert.deepEqual(
      rhythmOf({ ...base, lastAtMs: 6_500, periodMs: 2_000, fromMs: 10_000 }),
      [1, 0, 1, 0, 1, 0],
    );
    assert.deepEqual(
      rhythmOf({ ...base, lastAtMs: 6_900, periodMs: 2_000, fromMs: 10_000 }),
      [1, 0, 1, 0, 1, 0],
    );
  });

  it("counts several messages per step", () => {
    assert.deepEqual(
      rhythmOf({ ...base, lastAtMs: 9_900, periodMs: 250, fromMs: 10_000 }),
      [4, 4, 4, 4, 4, 4],
    );
  });

  it("counts those of the first step that came already", () => {
    assert.deepEqual(
      rhythmOf({ ...base, lastAtMs: 10_010, periodMs: 2_000, fromMs: 10_000 }),
      [1, 0, 1, 0, 1, 0],
    );
  });

  it("is whole numbers that add up to the time ÷ the period, one more or less", () => {
    const input = fc.record({
      lastAtMs: fc.double({ min: 0, max: 20_000, noNaN: true }),
      periodMs: fc.double({ min: 10, max: 30_000, noNaN: true }),
      stepMs: fc.integer({ min: 100, max: 10_000 }),
      steps: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(input, (some) => {
        const counts = rhythmOf({ ...some, fromMs: 20_000 });
        const total = counts.reduce((sum, count) => sum + count, 0);
        assert.ok(counts.every((count) => Number.isInteger(count) && count >= 0));
        assert.ok(Math.abs(total - (some.steps * some.stepMs) / some.periodMs) <= 1 + 1e-6);
      }),
    );
  });
});
