import assert from "node:assert/strict";
import fc from "fast-check";
import { ColumnEquations } from "../../../../src/core/forecast/engine/column-equations.ts";
import { LagEquations } from "../../../../src/core/forecast/engine/lag-equations.ts";
import { lagProducts } from "../../../../src/core/forecast/engine/lag-products.ts";
import type { NormalEquations } from "../../../../src/core/forecast/engine/least-absolute.ts";

const value = fc.double({ min: -10, max: 10, noNaN: true });
const arrayOf = (length: number): fc.Arbitrary<Float64Array> =>
  fc.array(value, { minLength: length, maxLength: length }).map((values) => Float64Array.from(values));

function isNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-9 * (1 + Math.abs(expected)), `${actual} is not ${expected}`);
}

/** Columns of an autoregression: 1, and the series at each lag. */
function lagged(series: Float64Array, order: number): Float64Array[] {
  const rows = series.length - order;
  return Array.from({ length: order + 1 }, (_, lag) =>
    lag === 0
      ? new Float64Array(rows).fill(1)
      : Float64Array.from({ length: rows }, (_, t) => series[order + t - lag] as number),
  );
}

/** As they are defined, product by product. */
function checkEquations(
  equations: NormalEquations,
  columns: readonly Float64Array[],
  targets: Float64Array,
  weights: Float64Array,
): void {
  const width = columns.length;
  const gram = new Float64Array(width * width);
  const rightSide = new Float64Array(width);
  equations.accumulate(weights, gram, rightSide);
  const sum = (a: Float64Array, b: Float64Array): number =>
    weights.reduce((total, weight, t) => total + weight * (a[t] as number) * (b[t] as number), 0);
  for (const [i, column] of columns.entries()) {
    isNear(rightSide[i] as number, sum(column, targets));
    for (let j = 0; j <= i; j++)
      isNear(gram[i * width + j] as number, sum(column, columns[j] as Float64Array));
  }
  const coefficients = Float64Array.from(columns, (_, i) => 1 / (i + 1));
  const fitted = new Float64Array(targets.length);
  equations.fit(coefficients, fitted);
  for (const [t, one] of fitted.entries()) {
    const expected = columns.reduce((total, column, i) => total + (column[t] as number) / (i + 1), 0);
    isNear(one, expected);
  }
}

describe("regression", () => {
  it("products at several lags are those lag by lag", () => {
    const input = fc
      .record({ count: fc.integer({ min: 1, max: 13 }), most: fc.integer({ min: 0, max: 11 }) })
      .chain(({ count, most }) =>
        fc.record({ a: arrayOf(count), b: arrayOf(count + most), most: fc.constant(most) }),
      );
    fc.assert(
      fc.property(input, ({ a, b, most }) => {
        const sums = new Float64Array(most + 1);
        lagProducts(a, b, most, a.length, most, sums);
        for (const [lag, sum] of sums.entries()) {
          isNear(
            sum,
            a.reduce((total, one, t) => total + one * (b[most + t - lag] as number), 0),
          );
        }
      }),
    );
  });

  it("an autoregression's equations are those of its lags as columns", () => {
    const input = fc
      .record({ order: fc.integer({ min: 1, max: 10 }), rows: fc.integer({ min: 1, max: 15 }) })
      .chain(({ order, rows }) =>
        fc.record({ series: arrayOf(order + rows), weights: arrayOf(rows), order: fc.constant(order) }),
      );
    fc.assert(
      fc.property(input, ({ series, weights, order }) => {
        const equations = new LagEquations(series, order);
        checkEquations(equations, lagged(series, order), series.subarray(order), weights.map(Math.abs));
      }),
    );
  });

  it("equations of any columns are sums of products", () => {
    const input = fc
      .record({ width: fc.integer({ min: 1, max: 11 }), rows: fc.integer({ min: 1, max: 9 }) })
      .chain(({ width, rows }) =>
        fc.record({
          columns: fc.array(arrayOf(rows), { minLength: width - 1, maxLength: width - 1 }),
          targets: arrayOf(rows),
          weights: arrayOf(rows),
        }),
      );
    fc.assert(
      fc.property(input, ({ columns, targets, weights }) => {
        const all = [new Float64Array(targets.length).fill(1), ...columns];
        checkEquations(new ColumnEquations(all, targets), all, targets, weights.map(Math.abs));
      }),
    );
  });
});
