import assert from "node:assert/strict";
import { boundsOf, passesGate, within } from "../../../../src/core/forecast/online/output-gate.ts";

const bounds = boundsOf(0, 10);
const points = [1, 2, 3];
const variances = [1, 1, 1];

describe("output gate", () => {
  it("lets a sane path through", () => {
    assert.ok(passesGate({ points, variances }, 3, bounds));
  });

  for (const [what, path] of [
    ["a point that is NaN", { points: [1, Number.NaN, 3], variances }],
    ["an infinite point", { points: [1, Number.POSITIVE_INFINITY, 3], variances }],
    ["an exploded point", { points: [1, 2, 1e124], variances }],
    ["a point more than a range above", { points: [1, 2, 20.1], variances }],
    ["a point more than a range below", { points: [1, 2, -10.1], variances }],
    ["no variance", { points, variances: [1, 0, 1] }],
    ["a negative variance", { points, variances: [1, -1, 1] }],
    ["a variance that is NaN", { points, variances: [1, 1, Number.NaN] }],
    ["too few points", { points: [1, 2], variances }],
    ["too few variances", { points, variances: [] }],
  ] as const)
    it(`stops ${what}`, () => assert.ok(!passesGate(path, 3, bounds)));

  it("draws a single value to the nearest admissible one", () => {
    assert.deepEqual(
      [-11, 5, 21].map((value) => within(bounds, value)),
      [-10, 5, 20],
    );
  });
});
