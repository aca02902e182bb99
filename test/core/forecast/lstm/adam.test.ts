import assert from "node:assert/strict";
import { Adam } from "../../../../src/core/forecast/lstm/adam.ts";

describe("Adam", () => {
  it("moves each weight by about the rate at first, whatever the gradient's size", () => {
    const weights = Float64Array.of(1, 1, 1);
    new Adam(3).step(weights, Float64Array.of(1e-3, -0.5, 0), 0.1);
    const expected = [0.9, 1.1, 1];
    weights.forEach((weight, i) => {
      assert.ok(Math.abs(weight - (expected[i] as number)) < 1e-5, `${weight}`);
    });
  });

  it("finds the bottom of a bowl", () => {
    const weights = Float64Array.of(3, -2);
    const adam = new Adam(2);
    for (let i = 0; i < 600; i++) adam.step(weights, weights.slice(), 0.05 * (1 - i / 600));
    assert.ok(Math.hypot(...weights) < 1e-2, weights.join(", "));
  });

  it("cuts a gradient down to its longest length before it enters the averages", () => {
    const [long, cut] = [Float64Array.of(0, 0), Float64Array.of(0, 0)];
    const [a, b] = [new Adam(2, { clipNorm: 1 }), new Adam(2, { clipNorm: 1 })];
    for (const [adam, weights, first] of [
      [a, long, Float64Array.of(300, 400)],
      [b, cut, Float64Array.of(0.6, 0.8)],
    ] as const) {
      adam.step(weights, first, 0.1);
      adam.step(weights, Float64Array.of(0.1, 0), 0.1);
    }
    long.forEach((weight, i) => {
      assert.ok(Math.abs(weight - (cut[i] as number)) < 1e-12);
    });
  });

  it("does nothing with a gradient that is not finite", () => {
    const weights = Float64Array.of(1, 2);
    const adam = new Adam(2);
    adam.step(weights, Float64Array.of(Number.NaN, 1), 0.1);
    adam.step(weights, Float64Array.of(1e200, 1e200), 0.1);
    assert.deepEqual(weights, Float64Array.of(1, 2));
  });
});
