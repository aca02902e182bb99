import assert from "node:assert/strict";
import fc from "fast-check";
import { ResidualWindow, WINDOW } from "../../../../src/core/forecast/online/residual-window.ts";

// No -0: a sort leaves it in any place among zeros.
const residual = fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((value) => value + 0);
const residuals = fc.array(residual, { minLength: 1, maxLength: 200 });

describe("residual window", () => {
  it("answers as a sort of the latest 64 would", () => {
    fc.assert(
      fc.property(residuals, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (values, p) => {
        const [cells, turns] = [new Float64Array(3 * WINDOW).fill(7), new Uint8Array(3 * WINDOW)];
        const counts = new Float32Array(1);
        const window = new ResidualWindow({
          sorted: cells,
          turns,
          from: WINDOW,
          turnsFrom: WINDOW,
          most: WINDOW,
          counts,
          count: 0,
        });
        for (const value of values) window.add(value);
        const neighbours = [...cells.subarray(0, WINDOW), ...cells.subarray(2 * WINDOW)];
        assert.ok(
          neighbours.every((cell) => cell === 7),
          "keeps to its own cells",
        );
        const sorted = values.slice(-64).toSorted((a, b) => a - b);
        const n = sorted.length;
        const rank = p < 0.5 ? Math.floor((n + 1) * p) : Math.ceil((n + 1) * p);
        assert.equal(window.size, n);
        assert.equal(window.quantile(p), sorted[Math.min(Math.max(rank, 1), n) - 1]);
      }),
    );
  });

  it("has the middle one of as many as it was made for, the lower of two", () => {
    fc.assert(
      fc.property(residuals, (values) => {
        const window = new ResidualWindow({
          sorted: new Float64Array(12),
          turns: new Uint8Array(12),
          from: 0,
          turnsFrom: 0,
          most: 12,
          counts: new Float32Array(1),
          count: 0,
        });
        for (const value of values) window.add(value);
        const sorted = values.slice(-12).toSorted((a, b) => a - b);
        assert.equal(window.median, sorted[(sorted.length - 1) >> 1]);
      }),
    );
  });
});
