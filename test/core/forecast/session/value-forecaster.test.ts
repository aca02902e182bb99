import assert from "node:assert/strict";
import { makeForecaster } from "../../../../src/core/forecast/online/make-forecaster.ts";
import {
  ValueForecaster,
  type ValueForecasterOptions,
} from "../../../../src/core/forecast/session/value-forecaster.ts";

const STEP_MS = 1000;
const start = 1_000_000;

/** What the forecaster behind it was given, step by step. */
function spied(overrides: Partial<ValueForecasterOptions>): { forecaster: ValueForecaster; seen: number[] } {
  const seen: number[] = [];
  const options: ValueForecasterOptions = {
    series: "s",
    stepMs: STEP_MS,
    horizon: 5,
    level: 80,
    aggregation: "mean",
    missing: "gap",
    make: (spec) => {
      const real = makeForecaster(spec);
      const observe = real.observe.bind(real);
      real.observe = (value) => {
        seen.push(value);
        observe(value);
      };
      return real;
    },
    ...overrides,
  };
  return { forecaster: new ValueForecaster(options, start), seen };
}

/** Values in steps 0, 1 and 3; none in 2. */
function feed(forecaster: ValueForecaster): void {
  for (const [step, values] of [[2, 4], [6], [], [8, 1]].entries()) {
    for (const value of values) forecaster.add(value, start + step * STEP_MS + 10);
    forecaster.step(start + (step + 1) * STEP_MS);
  }
}

describe("value forecaster", () => {
  for (const [aggregation, missing, expected] of [
    ["mean", "gap", [3, 6, Number.NaN, 4.5]],
    ["last", "hold", [4, 6, 6, 1]],
    ["sum", "zero", [Number.NaN, 6, 0, 9]],
    ["count", "gap", [Number.NaN, 1, 0, 2]],
  ] as const)
    it(`takes the ${aggregation} of each step; without any: ${missing}`, () => {
      const { forecaster, seen } = spied({ aggregation, missing });
      feed(forecaster);
      assert.deepEqual(seen, expected);
    });

  it("says nothing of one value, and dates its forecast to a step's end", () => {
    const { forecaster } = spied({});
    forecaster.add(20, start + 10);
    assert.equal(forecaster.step(start + STEP_MS + 3), undefined);
    forecaster.add(22, start + STEP_MS + 10);
    const forecast = forecaster.step(start + 2 * STEP_MS + 3);
    assert.equal(forecast?.atMs, start + 2 * STEP_MS);
    assert.deepEqual([forecast.stepMs, forecast.horizon, forecast.level], [STEP_MS, 5, 80]);
    assert.equal(forecast.median.length, 5);
    assert.equal(forecaster.latest, forecast);
  });

  it("forecasts negative numbers", () => {
    const { forecaster } = spied({});
    for (let step = 0; step < 40; step++) {
      forecaster.add(-20 - (step % 2), start + step * STEP_MS);
      forecaster.step(start + (step + 1) * STEP_MS);
    }
    const { median = [], lower = [] } = forecaster.latest ?? {};
    assert.ok(median.every((value) => value > -21.1 && value < -19.9));
    assert.ok(lower.every((value) => value < -20.4));
  });

  it("stops forecasting a series that was silent for a whole horizon, and goes on when it speaks", () => {
    const { forecaster } = spied({});
    feed(forecaster);
    assert.ok(forecaster.step(start + 5 * STEP_MS));
    assert.equal(forecaster.step(start + 100 * STEP_MS), undefined);
    forecaster.add(5, start + 100 * STEP_MS + 1);
    assert.ok(forecaster.step(start + 101 * STEP_MS));
  });
});
