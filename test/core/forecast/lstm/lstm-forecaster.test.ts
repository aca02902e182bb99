import assert from "node:assert/strict";
import fc from "fast-check";
import type { Forecast } from "../../../../src/core/forecast/forecaster.ts";
import { initialParameters } from "../../../../src/core/forecast/lstm/initial.ts";
import { LstmForecaster } from "../../../../src/core/forecast/lstm/lstm-forecaster.ts";
import type { Parameters } from "../../../../src/core/forecast/lstm/shape.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

const SHAPE = { patch: 4, horizon: 6, hidden: 4 };

/** Weights larger than training leaves them, so that whatever they could break breaks. */
function wildWeights(): Parameters {
  const random = seededRandom(11);
  const weights = initialParameters(SHAPE, random);
  for (let i = 0; i < weights.data.length; i++) weights.data[i] = 4 * (random.next() - 0.5);
  return weights;
}

/** Of the size that training leaves. */
function mildWeights(): Parameters {
  const random = seededRandom(12);
  const weights = initialParameters(SHAPE, random);
  for (let i = 0; i < weights.data.length; i++) weights.data[i] = 0.5 * (random.next() - 0.5);
  return weights;
}

const forecaster = new LstmForecaster(wildWeights(), 8);
const naive = new LstmForecaster(initialParameters(SHAPE, seededRandom(1)), 8);

function assertSound(forecast: Forecast, h: number): void {
  assert.deepEqual([forecast.median.length, forecast.lower.length, forecast.upper.length], [h, h, h]);
  forecast.median.forEach((median, j) => {
    const [lower, upper] = [forecast.lower[j] as number, forecast.upper[j] as number];
    assert.ok([lower, median, upper].every(Number.isFinite), `${lower} ${median} ${upper}`);
    assert.ok(lower <= median && median <= upper, `${lower} ${median} ${upper}`);
  });
  assert.ok(Number.isFinite(forecast.model.skill) && forecast.model.skill <= 1);
}

describe("LstmForecaster", () => {
  const value = fc.oneof(
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.constantFrom(0, 1, 150, Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1.7e308, 5e-324),
  );
  const options = fc.record({
    h: fc.integer({ min: 1, max: 20 }),
    level: fc.constantFrom(80 as const, 90 as const, 95 as const),
    nonNegative: fc.boolean(),
  });

  it("is finite and in order for any values: constants, spikes, gaps, nothing at all", () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 80 }), options, (values, wanted) => {
        const forecast = forecaster.forecast({ values, stepMs: 1000 }, wanted);
        assertSound(forecast, wanted.h);
        if (wanted.nonNegative) assert.ok(forecast.lower.every((point) => point >= 0));
      }),
    );
  });

  it("stays within one range of what was seen", () => {
    const seen = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(seen, options, (values, wanted) => {
        const range = Math.max(...values) - Math.min(...values);
        const { lower, upper } = forecaster.forecast(
          { values, stepMs: 1000 },
          { ...wanted, nonNegative: false },
        );
        assert.ok(Math.min(...lower) >= Math.min(...values) - range);
        assert.ok(Math.max(...upper) <= Math.max(...values) + range);
      }),
    );
  });

  it("has wider intervals at a higher level", () => {
    const values = Array.from({ length: 60 }, (_, i) => 100 + ((i * 37) % 11));
    const at = (level: 80 | 90 | 95): Forecast =>
      naive.forecast({ values, stepMs: 1000 }, { h: 12, level, nonNegative: false });
    const [narrow, wide] = [at(80), at(95)];
    narrow.upper.forEach((upper, j) => {
      assert.ok(upper <= (wide.upper[j] as number));
      assert.ok((narrow.lower[j] as number) >= (wide.lower[j] as number));
    });
  });

  it("untrained, repeats a season it finds, also beyond its horizon", () => {
    const values = Array.from({ length: 70 }, (_, i) => (i % 5 === 0 ? 900 : 100));
    const { median, model } = naive.forecast(
      { values, stepMs: 1000 },
      { h: 15, level: 80, nonNegative: true },
    );
    assert.deepEqual(model.seasons, [5]);
    median.forEach((point, j) => {
      const expected = (70 + j) % 5 === 0 ? 900 : 100;
      assert.ok(Math.abs(point - expected) < 0.02 * expected, `${j}: ${point}`);
    });
  });

  it("is the same for values ten times as large, ten times as large", () => {
    const values = Array.from({ length: 60 }, (_, i) => 100 + ((i * 37) % 11));
    const at = (factor: number): Forecast =>
      forecaster.forecast(
        { values: values.map((v) => v * factor), stepMs: 1000 },
        { h: 5, level: 80, nonNegative: true },
      );
    const tenfold = at(10).median;
    at(1).median.forEach((point, j) => {
      assert.ok(Math.abs(10 * point - (tenfold[j] as number)) < 1e-6 * point);
    });
  });

  it("gives a path from an origin that knows nothing after it", () => {
    const values = Float64Array.from({ length: 80 }, (_, i) => 100 + ((i * 37) % 11));
    const view = forecaster.view(values, 50);
    const path = forecaster.path(view, values, 50, 8);
    const changed = values.map((v, i) => (i < 50 ? v : -v));
    assert.deepEqual(forecaster.path(view, changed, 50, 8), path);
    const upTo = { values: values.subarray(0, 50), stepMs: 1000 };
    const { median } = forecaster.forecast(upTo, { h: 8, level: 80, nonNegative: false }, view);
    median.forEach((point, j) => {
      assert.ok(Math.abs(point - (path[j] as number)) < 1e-9);
    });
  });

  it("gives paths from many origins of which none knows anything after it, near to those it gives alone", () => {
    const random = seededRandom(3);
    const values = Float64Array.from(
      { length: 120 },
      (_, i) => 100 + 40 * Math.sin(i / 4) + 9 * random.next(),
    );
    values.fill(Number.NaN, 61, 64);
    const view = forecaster.view(values, 60);
    const origins = Array.from({ length: 18 }, (_, k) => 60 + 3 * k);
    const paths = forecaster.paths(view, values, origins, 6);
    for (const [k, origin] of origins.entries()) {
      const changed = values.map((v, i) => (i < origin ? v : 7 - v));
      assert.deepEqual(forecaster.paths(view, changed, origins, 6)[k], paths[k]);
    }
    const mild = new LstmForecaster(mildWeights(), 8);
    const [alone, together] = [
      origins.map((origin) => mild.path(view, values, origin, 6)),
      mild.paths(view, values, origins, 6),
    ];
    const error = (path: Float64Array, k: number): number =>
      path.reduce((sum, point, j) => sum + Math.abs(point - (alone[k]?.[j] as number)), 0);
    const naivePaths = naive.paths(view, values, origins, 6);
    const sum = (all: readonly Float64Array[]): number =>
      all.reduce((total, path, k) => total + error(path, k), 0);
    // Untrained weights heed the context more than trained ones: nearer than the naive forecast is all that holds.
    assert.ok(sum(together) < 0.5 * sum(naivePaths), `${sum(together)} of ${sum(naivePaths)}`);
  });

  it("gives the path of an origin far from the others, or before them, as it gives it alone", () => {
    const values = Float64Array.from({ length: 300 }, (_, i) => 100 + ((i * 37) % 11));
    const view = forecaster.view(values);
    const origins = [40, 120, 200, 80];
    const alone = origins.map((origin) => forecaster.path(view, values, origin, 6));
    assert.deepEqual(forecaster.paths(view, values, origins, 6), alone);
  });

  it("refuses a horizon that is none", () => {
    for (const h of [0, -1, 1.5, Number.NaN])
      assert.throws(
        () => naive.forecast({ values: [1], stepMs: 1 }, { h, level: 80, nonNegative: true }),
        RangeError,
      );
  });
});
