import assert from "node:assert/strict";
import fc from "fast-check";
import {
  fitSeries,
  forecast,
  predict,
  update,
  withoutPast,
  withPast,
} from "../../../../src/core/forecast/engine/engine.ts";
import type { Forecast, ForecastOptions } from "../../../../src/core/forecast/forecaster.ts";
import { days, meanAbsoluteError, noise, series } from "./series.ts";

const MINUTE = 60_000;
const options: ForecastOptions = { h: 12, level: 80, nonNegative: false };
const every = (value: number): number[] => Array.from({ length: 12 }, () => value);

const anyNumber = fc.oneof(
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.nat(5),
  fc.constantFrom(0, Number.NaN, 1e300, -1e300, Number.POSITIVE_INFINITY),
);
const anySeries = fc.array(anyNumber, { maxLength: 120 });

describe("forecast", () => {
  it("of nothing is 0, of one value that value, and says that it can't be trusted", () => {
    assert.deepEqual(forecast({ values: [], stepMs: MINUTE }, options).median, every(0));
    const { median, model } = forecast({ values: [7], stepMs: MINUTE }, options);
    assert.deepEqual(median, every(7));
    assert.ok(model.skill <= 0);
  });

  it("of two values lies between them", () => {
    const { median } = forecast({ values: [4, 6], stepMs: MINUTE }, options);
    for (const value of median) assert.ok(value >= 4 && value <= 6, `${value}`);
  });

  for (const [name, value] of [
    ["zeros", 0],
    ["a constant", 42.5],
    ["a negative constant", -3],
  ] as const) {
    it(`of ${name} is exactly that, without an interval`, () => {
      const { median, lower, upper } = forecast(
        { values: series(300, () => value), stepMs: MINUTE },
        options,
      );
      assert.deepEqual([median, lower, upper], [every(value), every(value), every(value)]);
    });
  }

  it("follows a step to its new level", () => {
    const wobble = noise(2);
    const { median } = forecast(
      { values: series(400, (i) => (i < 300 ? 100 : 500) + wobble(i)), stepMs: MINUTE },
      options,
    );
    for (const value of median) assert.ok(Math.abs(value - 500) < 25, `${value}`);
  });

  it("isn't drawn by a few spikes", () => {
    const wobble = noise(2);
    const values = series(400, (i) => (i % 97 === 95 ? 5000 : 100) + wobble(i));
    const { median } = forecast({ values, stepMs: MINUTE }, options);
    for (const value of median) assert.ok(Math.abs(value - 100) < 5, `${value}`);
  });

  it("finds the days, and errs less than half as much as the last value does", () => {
    const whole = days(24 * 21 + 12, 24);
    const values = whole.subarray(0, 24 * 21);
    const { median, model } = forecast({ values, stepMs: 60 * MINUTE }, options);
    const truth = whole.subarray(24 * 21);
    const naive = meanAbsoluteError(every(values.at(-1) as number), truth);
    assert.ok(meanAbsoluteError(median, truth) < naive / 2);
    assert.deepEqual(model.seasons, [24]);
    assert.ok(model.skill > 0.5, `${model.skill}`);
  });

  it("recalls a machine's duty cycle of a period that nobody told it", () => {
    const cycle = (i: number): number => (i % 17 < 4 ? 900 : 30);
    const { median } = forecast({ values: series(500, cycle), stepMs: MINUTE }, options);
    assert.deepEqual(
      median,
      Array.from({ length: 12 }, (_, i) => cycle(500 + i)),
    );
  });

  it("forecasts nearly the same with a tenth of the values missing", () => {
    const whole = days(24 * 21, 24);
    const holes = series(whole.length, (i) => (i % 10 === 3 ? Number.NaN : (whole[i] as number)));
    const full = forecast({ values: whole, stepMs: 60 * MINUTE }, options).median;
    const holey = forecast({ values: holes, stepMs: 60 * MINUTE }, options).median;
    assert.ok(meanAbsoluteError(full, holey) < 10);
  });

  it("learns nothing from a gap that ends the record", () => {
    const values = series(300, (i) => (i < 200 ? 10 + (i % 2) : Number.NaN));
    const { median } = forecast({ values, stepMs: MINUTE }, options);
    for (const value of median) assert.ok(value >= 10 && value <= 11, `${value}`);
  });

  it("is finite, ordered and non-negative where asked, whatever it is given", () => {
    fc.assert(
      fc.property(anySeries, fc.boolean(), (values, nonNegative) => {
        const { median, lower, upper } = forecast({ values, stepMs: MINUTE }, { ...options, nonNegative });
        for (const [i, middle] of median.entries()) {
          const [low, high] = [lower[i] as number, upper[i] as number];
          assert.ok(Number.isFinite(low) && Number.isFinite(high) && low <= middle && middle <= high);
          assert.ok(low >= 0 || !nonNegative);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("leaves what was seen by one range at most", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 120 }),
        (values) => {
          const { lower, upper } = forecast({ values, stepMs: MINUTE }, options);
          const [low, high] = [Math.min(...values), Math.max(...values)];
          assert.ok(Math.min(...lower) >= low - (high - low) - 1e-6);
          assert.ok(Math.max(...upper) <= high + (high - low) + 1e-6);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("has wider intervals for higher levels", () => {
    fc.assert(
      fc.property(anySeries, (values) => {
        const fit = fitSeries({ values, stepMs: MINUTE }, options);
        const [at80, at90, at95] = ([80, 90, 95] as const).map((level) =>
          predict(fit, { ...options, level }),
        );
        const isWithin = (a: Forecast, b: Forecast): boolean =>
          a.lower.every((value, i) => value >= (b.lower[i] as number)) &&
          a.upper.every((value, i) => value <= (b.upper[i] as number));
        assert.ok(
          isWithin(at80 as Forecast, at90 as Forecast) && isWithin(at90 as Forecast, at95 as Forecast),
        );
      }),
      { numRuns: 60 },
    );
  });

  it("forecasts kilobytes as it does bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 30, maxLength: 200 }), (values) => {
        const small = forecast({ values, stepMs: MINUTE }, options);
        const large = forecast({ values: values.map((value) => 1024 * value), stepMs: MINUTE }, options);
        for (let i = 0; i < 12; i++) {
          const difference = Math.abs((large.median[i] as number) - 1024 * (small.median[i] as number));
          assert.ok(difference <= 1e-6 * 1024 * 1000, `${difference}`);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("covers about the share of new steps that its level says", () => {
    const wobble = noise(50);
    const values = series(1000 + 12 * 30, (i) => 500 + wobble(i));
    let covered = 0;
    for (let k = 0; k < 30; k++) {
      const from = 12 * k;
      const { lower, upper } = forecast(
        { values: values.subarray(from, from + 1000), stepMs: MINUTE },
        options,
      );
      for (let i = 0; i < 12; i++) {
        const value = values[from + 1000 + i] as number;
        if (value >= (lower[i] as number) && value <= (upper[i] as number)) covered++;
      }
    }
    // Four standard deviations of 360 draws are 8 points.
    assert.ok(Math.abs(covered / 360 - 0.8) < 0.08, `${covered / 360}`);
  });

  it("refuses a horizon or a step that isn't one", () => {
    assert.throws(() => forecast({ values: [1], stepMs: MINUTE }, { ...options, h: 0 }), /h must be .*got 0/);
    assert.throws(
      () => forecast({ values: [1], stepMs: 0 }, options),
      /stepMs must be a finite number > 0 ms, got 0/,
    );
  });
});

describe("update", () => {
  it("leaves a fit that forecasts as one that knew those steps in its past", () => {
    const values = days(24 * 30, 24);
    const known = 24 * 25;
    const fit = fitSeries({ values: values.subarray(0, known), stepMs: 60 * MINUTE }, options);
    for (const value of values.subarray(known)) update(fit, value);
    const whole = { ...fit, past: fitSeries({ values, stepMs: 60 * MINUTE }, options).past };
    assert.deepEqual(predict(fit, options), predict(whole, options));
  });

  it("forecasts nearly as a new fit does, for as long as a refit may take to come", () => {
    const values = days(24 * 30, 24);
    const fit = fitSeries({ values: values.subarray(0, 24 * 28), stepMs: 60 * MINUTE }, options);
    for (const value of values.subarray(24 * 28)) update(fit, value);
    const fresh = forecast({ values, stepMs: 60 * MINUTE }, options);
    assert.ok(meanAbsoluteError(predict(fit, options).median, fresh.median) < 10);
  });

  it("keeps the phase of a season when old values are let go", () => {
    const values = days(24 * 100, 24);
    const fit = fitSeries({ values: values.subarray(0, 1000), stepMs: 60 * MINUTE }, options);
    for (const value of values.subarray(1000, 2388)) update(fit, value);
    assert.ok(meanAbsoluteError(predict(fit, options).median, values.subarray(2388)) < 15);
  });

  it("works on a fit that crossed to a worker or to a file", () => {
    const values = days(24 * 30, 24);
    const fit = fitSeries({ values, stepMs: 60 * MINUTE }, options);
    const copy = structuredClone(fit);
    for (const value of [10, Number.NaN, 30]) {
      update(fit, value);
      update(copy, value);
    }
    assert.deepEqual(predict(copy, options), predict(fit, options));
  });
});

describe("withoutPast", () => {
  it("leaves what forecasts the same once the past is back, in phase", () => {
    const values = days(24 * 60, 24);
    const fit = fitSeries({ values: values.subarray(0, 1400), stepMs: 60 * MINUTE }, options);
    const lean = structuredClone(withoutPast(fit));
    for (const value of values.subarray(1400, 1405)) update(fit, value);
    const whole = withPast(lean, values.subarray(400, 1405), 5);
    const { median } = predict(whole, options);
    assert.ok(meanAbsoluteError(median, predict(fit, options).median) < 1);
    assert.ok(meanAbsoluteError(median, values.subarray(1405, 1417)) < 15);
  });
});
