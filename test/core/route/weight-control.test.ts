import assert from "node:assert/strict";
import fc from "fast-check";
import { STEP_PER_SEC, stepShares, toShares } from "../../../src/core/route/weight-control.ts";

const weights = (size: number): fc.Arbitrary<number[]> =>
  fc
    .array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: size, maxLength: size })
    .filter((list) => list.some((weight) => weight > 1e-6));
const pairs = fc
  .integer({ min: 1, max: 12 })
  .chain((size) => fc.tuple(weights(size), weights(size), fc.nat(20_000)));
const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);

describe("stepShares", () => {
  it("keeps the sum 1, and every share between 0 and 1", () => {
    fc.assert(
      fc.property(pairs, ([from, to, elapsedMs]) => {
        const shares = stepShares(toShares(from), toShares(to), elapsedMs);
        assert.ok(Math.abs(sum(shares) - 1) < 1e-9);
        for (const share of shares) assert.ok(share >= 0 && share <= 1 + 1e-12);
      }),
    );
  });

  it("moves no share by more than 10 % of the traffic in a second", () => {
    fc.assert(
      fc.property(pairs, ([from, to, elapsedMs]) => {
        const before = toShares(from);
        const most = (STEP_PER_SEC * elapsedMs) / 1000 + 1e-12;
        for (const [i, share] of stepShares(before, toShares(to), elapsedMs).entries())
          assert.ok(Math.abs(share - (before[i] ?? 0)) <= most);
      }),
    );
  });

  it("leaves shares alone within the dead band of 5 %", () => {
    const shares = [0.5, 0.5];
    assert.equal(stepShares(shares, [0.51, 0.49], 1000), shares);
    assert.deepEqual(stepShares(shares, [0.53, 0.47], 1000), [0.53, 0.47]);
  });

  it("arrives", () => {
    let shares: readonly number[] = [1, 0];
    for (let i = 0; i < 8; i++) shares = stepShares(shares, [0.2, 0.8], 1000);
    assert.ok(Math.abs((shares[0] ?? 0) - 0.2) < 1e-9);
  });
});

describe("toShares", () => {
  it("is all 0 where nothing weighs anything", () => {
    assert.deepEqual(toShares([0, 0]), [0, 0]);
    assert.deepEqual(toShares([1, 3]), [0.25, 0.75]);
  });
});
