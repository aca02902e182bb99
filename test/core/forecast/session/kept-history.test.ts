import assert from "node:assert/strict";
import fc from "fast-check";
import { makeForecaster } from "../../../../src/core/forecast/online/make-forecaster.ts";
import { rejoined } from "../../../../src/core/forecast/session/kept-history.ts";
import { SessionForecaster } from "../../../../src/core/forecast/session/session-forecaster.ts";
import { ValueForecaster } from "../../../../src/core/forecast/session/value-forecaster.ts";
import { fitsAtOnce, room, START_MS } from "../../../support/fleet-forecasts.ts";

const { NaN: MISSING } = Number;
const STEP_MS = 1000;

describe("a kept history", () => {
  it("is joined with what came since, the steps between missing", () => {
    const joined = rejoined(Float64Array.of(1, 2, 3), 103, Float64Array.of(8, 9), 107);
    assert.deepEqual(joined, Float64Array.of(1, 2, 3, MISSING, MISSING, 8, 9));
  });

  it("gives way where both counted the same steps", () => {
    assert.deepEqual(
      rejoined(Float64Array.of(1, 2, 3), 103, Float64Array.of(8, 9), 104),
      Float64Array.of(1, 2, 8, 9),
    );
    assert.deepEqual(rejoined(Float64Array.of(1, 2), 900, Float64Array.of(8), 5), Float64Array.of(8));
  });

  it("stays within bounds after years", () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(), fc.nat(2000), fc.nat(), (kept, keptEnd, own, end) => {
        const joined = rejoined(new Float64Array(kept), keptEnd, new Float64Array(own).fill(1), end);
        assert.ok(joined.length <= 1024 && joined.length >= Math.min(own, 1024));
        const rest = joined.subarray(0, Math.max(0, joined.length - own));
        const isKept = keptEnd <= end - own && kept > 0 && own < 1024 - 360;
        assert.ok(!isKept || rest[0] === 0, "a gap, however long, leaves what was before it");
        assert.ok(joined.subarray(-own).every((value) => own === 0 || value === 1));
      }),
    );
  });
});

/** 20 messages a step for 8 steps of every 20, else 1. */
const duty = (step: number): number => (step % 20 < 8 ? 20 : 1);

describe("a session that comes back", () => {
  const options = {
    id: "s",
    stepMs: STEP_MS,
    horizon: 10,
    level: 80,
    make: makeForecaster,
    fits: fitsAtOnce,
  } as const;

  function live(forecaster: SessionForecaster, from: number, steps: number): readonly number[] {
    let median: readonly number[] = [];
    for (let step = from; step < from + steps; step++) {
      const fromMs = START_MS + step * STEP_MS;
      for (let k = 0; k < duty(step); k++) forecaster.add(100, fromMs + k);
      median = forecaster.step(fromMs + STEP_MS, {}, room)?.messages.median ?? [];
    }
    return median;
  }

  it("is forecast by the history it had, a rhythm included", () => {
    const before = new SessionForecaster(options, START_MS);
    live(before, 0, 120);
    const after = new SessionForecaster(options, START_MS + 130 * STEP_MS);
    live(after, 130, 3);
    after.resume(structuredClone(before.kept));
    const median = live(after, 133, 4);
    const expected = Array.from({ length: 10 }, (_, i) => duty(137 + i));
    for (const [i, point] of median.entries())
      assert.ok(Math.abs(point - (expected[i] ?? 0)) < 3, `${i}: ${point}`);
    const { series, end } = after.kept;
    assert.equal(end, START_MS / STEP_MS + 137);
    assert.equal(series[0]?.length, 137);
  });

  for (const [absence, steps] of [
    ["20 minutes", 1_200],
    ["an hour and a half", 5_400],
    ["a week", 604_800],
  ] as const)
    it(`is forecast by the history it had after ${absence}`, () => {
      const before = new SessionForecaster(options, START_MS);
      live(before, 0, 120);
      const after = new SessionForecaster(options, START_MS + (120 + steps) * STEP_MS);
      live(after, 120 + steps, 2);
      after.resume(structuredClone(before.kept));
      after.add(100, START_MS + (122 + steps) * STEP_MS);
      const { model, messages } = after.step(START_MS + (123 + steps) * STEP_MS, {}, room) ?? assert.fail();
      assert.ok(model.trainedOn >= 60, `trained on ${model.trainedOn}`);
      const mean = 0.4 * 20 + 0.6;
      for (const point of messages.median) assert.ok(point > 0.5 && point < 2 * mean, `${point}`);
    });

  it("does not take a history of other steps", () => {
    const forecaster = new SessionForecaster(options, START_MS);
    forecaster.resume({ stepMs: 10_000, end: 5, series: [Float64Array.of(1), Float64Array.of(1)] });
    assert.equal(forecaster.kept.series[0]?.length, 0);
  });
});

describe("a series that comes back", () => {
  it("goes on from the values it had", () => {
    const options = {
      series: "t",
      stepMs: STEP_MS,
      horizon: 5,
      level: 80,
      aggregation: "mean",
      missing: "gap",
      make: makeForecaster,
      fits: fitsAtOnce,
    } as const;
    const forecaster = new ValueForecaster(options, START_MS);
    const end = START_MS / STEP_MS;
    forecaster.resume({ stepMs: STEP_MS, end, series: [Float64Array.from({ length: 60 }, () => -7.5)] });
    forecaster.add(-7.5, START_MS + 1);
    const forecast = forecaster.step(START_MS + STEP_MS);
    assert.deepEqual(new Set(forecast?.median), new Set([-7.5]));
    assert.ok((forecast?.model.trainedOn ?? 0) > 60);
  });
});
