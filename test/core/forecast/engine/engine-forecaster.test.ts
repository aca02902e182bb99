import assert from "node:assert/strict";
import { fitSeries, forecast, type Member } from "../../../../src/core/forecast/engine/engine.ts";
import { EngineForecaster } from "../../../../src/core/forecast/engine/engine-forecaster.ts";
import type { ForecastOptions } from "../../../../src/core/forecast/forecaster.ts";
import { days, noise, series } from "./series.ts";

const STEP = 10_000;
const STEPS_PER_HOUR = 360;
const options: ForecastOptions = { h: 12, level: 80, nonNegative: true };
const steady = (seed: number): ((i: number) => number) => {
  const wobble = noise(10, seed);
  return (i) => 100 + wobble(i);
};

/** Observes and predicts at each step, as a node does; the step at which a refit was due first. */
function firstDue(forecaster: EngineForecaster, values: ArrayLike<number>): number {
  for (let i = 0; i < values.length; i++) {
    forecaster.predict(options);
    forecaster.observe(values[i] as number);
    if (forecaster.isRefitDue) return i + 1;
  }
  return Number.POSITIVE_INFINITY;
}

describe("EngineForecaster", () => {
  it("forecasts what the batch does, from the same past", () => {
    const values = days(500, 24);
    const online = new EngineForecaster({ stepMs: STEP, h: 12 }, values);
    assert.deepEqual(online.predict(options), forecast({ values, stepMs: STEP }, options));
  });

  it("wants a refit at each half again of a young past", () => {
    const forecaster = new EngineForecaster({ stepMs: STEP, h: 12 });
    const due: number[] = [];
    for (let i = 1; i <= 60; i++) {
      forecaster.observe(i % 3);
      if (!forecaster.isRefitDue) continue;
      due.push(i);
      forecaster.adopt(fitSeries({ values: forecaster.history(), stepMs: STEP }, { h: 12 }));
    }
    assert.deepEqual(due, [1, 2, 3, 5, 8, 12, 18, 27, 41]);
  });

  it("wants one hourly, though nothing changed", () => {
    const forecaster = new EngineForecaster({ stepMs: STEP, h: 12 }, series(1000, steady(1)));
    assert.equal(firstDue(forecaster, series(1000, steady(2))), STEPS_PER_HOUR);
  });

  it("wants one within ten steps of a jump, and then no more for a while", () => {
    const forecaster = new EngineForecaster({ stepMs: STEP, h: 12 }, series(1000, steady(1)));
    assert.equal(firstDue(forecaster, series(100, steady(2))), Number.POSITIVE_INFINITY);
    const jump = series(300, (i) => steady(3)(i) + 300);
    assert.ok(firstDue(forecaster, jump) <= 10);
    forecaster.adopt(fitSeries({ values: forecaster.history(), stepMs: STEP }, { h: 12 }));
    assert.equal(forecaster.isRefitDue, false);
  });

  it("isn't alarmed by a single spike", () => {
    const forecaster = new EngineForecaster({ stepMs: STEP, h: 12 }, series(1000, steady(1)));
    const spiked = series(100, (i) => (i === 50 ? 1e6 : steady(2)(i)));
    assert.equal(firstDue(forecaster, spiked), Number.POSITIVE_INFINITY);
  });

  it("widens its intervals when steps miss them, and narrows them when they don't", () => {
    const width = (forecaster: EngineForecaster): number => {
      const { lower, upper } = forecaster.predict(options);
      return (upper[0] as number) - (lower[0] as number);
    };
    const rough = new EngineForecaster({ stepMs: STEP, h: 12 }, series(1000, steady(1)));
    const smooth = new EngineForecaster({ stepMs: STEP, h: 12 }, series(1000, steady(1)));
    const before = width(rough);
    const wild = noise(40, 2);
    for (let i = 0; i < 100; i++) {
      rough.predict(options);
      rough.observe(100 + wild(i));
      smooth.predict(options);
      smooth.observe(100);
    }
    assert.ok(width(rough) > 1.5 * before && width(smooth) < before);
  });

  it("loses no step that comes while a refit is under way", () => {
    const forecaster = new EngineForecaster({ stepMs: STEP, h: 12 }, days(200, 24));
    const refit = fitSeries({ values: forecaster.history(), stepMs: STEP }, { h: 12 });
    for (const value of [1, Number.NaN, 3]) forecaster.observe(value);
    forecaster.adopt(refit, [1, Number.NaN, 3]);
    assert.deepEqual(forecaster.history().subarray(200), Float64Array.of(1, Number.NaN, 3));
  });

  it("takes a member of somebody else's, and heeds it as far as it was right", () => {
    const values = days(500, 24);
    const clairvoyant: Member = {
      name: "clairvoyant",
      fit: () => true,
      path: (_model, _past, origin, h) => days(origin + h, 24).subarray(origin),
    };
    const forecaster = new EngineForecaster({ stepMs: STEP, h: 12, also: { clairvoyant } }, values);
    const { median, model } = forecaster.predict(options);
    assert.deepEqual(median, [...days(512, 24).subarray(500)]);
    assert.ok(model.name.startsWith("clairvoyant"), model.name);
  });

  it("goes on from a kept fit", () => {
    const forecaster = new EngineForecaster({ stepMs: STEP, h: 12 }, days(200, 24));
    forecaster.observe(150);
    const restored = EngineForecaster.from(structuredClone(forecaster.fit));
    assert.deepEqual(restored.predict(options), forecaster.predict(options));
    assert.equal(restored.isRefitDue, forecaster.isRefitDue);
  });
});
