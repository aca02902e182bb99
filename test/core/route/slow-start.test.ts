import assert from "node:assert/strict";
import fc from "fast-check";
import { slowStart } from "../../../src/core/route/slow-start.ts";

describe("slowStart", () => {
  it("goes from 10 % to 100 % in 30 s", () => {
    assert.equal(slowStart(0), 0.1);
    assert.ok(Math.abs(slowStart(15_000) - 0.55) < 1e-9);
    assert.equal(slowStart(30_000), 1);
    assert.equal(slowStart(Number.POSITIVE_INFINITY), 1);
  });

  it("never falls, and stays in its range", () => {
    const ms = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(ms, ms, (a, b) => {
        const [early, late] = [slowStart(Math.min(a, b)), slowStart(Math.max(a, b))];
        assert.ok(0.1 <= early && early <= late && late <= 1);
      }),
    );
  });
});
