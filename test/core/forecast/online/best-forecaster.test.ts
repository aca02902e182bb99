import assert from "node:assert/strict";
import fc from "fast-check";
import { type Fit, fitSeries } from "../../../../src/core/forecast/engine/engine.ts";
import type { Forecast } from "../../../../src/core/forecast/forecaster.ts";
import type { FitJob, FitSource } from "../../../../src/core/forecast/online/fit-source.ts";
import { makeForecaster } from "../../../../src/core/forecast/online/make-forecaster.ts";
import type { SeriesForecaster } from "../../../../src/core/forecast/online/series-forecaster.ts";
import { fitsAtOnce } from "../../../support/fleet-forecasts.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

const HORIZON = 20;
const spec = { series: "s", stepMs: 1000, nonNegative: true, level: 80, horizon: HORIZON } as const;
const asked = { h: HORIZON, level: 80, nonNegative: true } as const;
/** A machine that works for 8 steps of every 20. */
const duty = (step: number): number => (step % 20 < 8 ? 50 + (step % 3) : 2);

/** Keeps what it is asked for until told. */
class Held implements FitSource {
  readonly jobs: FitJob[] = [];
  readonly released: string[] = [];
  hasRoom = true;

  request(job: FitJob): boolean {
    if (this.hasRoom) this.jobs.push(job);
    return this.hasRoom;
  }
  release(series: string): void {
    this.released.push(series);
  }
  deliver(): Fit {
    const { values, stepMs, h, deliver } = this.jobs.at(-1) ?? assert.fail("nothing was asked for");
    const fit = fitSeries({ values, stepMs }, { h });
    deliver(fit);
    return fit;
  }
}

function feed(forecaster: SeriesForecaster, steps: number, value: (step: number) => number, from = 0): void {
  for (let step = from; step < from + steps; step++) forecaster.observe(value(step));
}

/** Mean absolute error of the forecasts made at each step, over the whole horizon. */
function errorOf(forecaster: SeriesForecaster, value: (step: number) => number, steps: number): number {
  let error = 0;
  for (let step = 0; step < steps; step++) {
    forecaster.observe(value(step));
    const { median } = forecaster.predict(asked);
    median.forEach((point, i) => {
      error += Math.abs(point - value(step + 1 + i)) / HORIZON;
    });
  }
  return error / steps;
}

const isEngine = ({ model }: Forecast): boolean => model.name.startsWith("engine: ");

describe("best of simple forecaster and engine", () => {
  it("forecasts simply from the first value on", () => {
    const forecaster = makeForecaster({ ...spec, fits: new Held() });
    feed(forecaster, 1, () => 5);
    assert.deepEqual(new Set(forecaster.predict(asked).median), new Set([5]));
  });

  it("follows a duty cycle once it has seen it twice, of which the simple one knows nothing", () => {
    const simple = errorOf(makeForecaster(spec), duty, 200);
    const best = errorOf(makeForecaster({ ...spec, fits: fitsAtOnce }), duty, 200);
    assert.ok(best < 0.5 * simple, `${best} against ${simple}`);
  });

  it("is not worse than the simple one on noise, beyond noise", () => {
    for (const seed of [1, 2, 3]) {
      const random = seededRandom(seed);
      const noise = Float64Array.from({ length: 500 }, () => Math.round(20 * random.next() ** 3));
      const value = (step: number): number => noise[step] ?? 0;
      const simple = errorOf(makeForecaster(spec), value, 400);
      const best = errorOf(makeForecaster({ ...spec, fits: fitsAtOnce }), value, 400);
      assert.ok(best < 1.03 * simple, `${best} against ${simple}`);
    }
  });

  it("asks for a fit of all it has seen, with steps that were missing", () => {
    const fits = new Held();
    feed(makeForecaster({ ...spec, fits }), 24, (step) => (step === 3 ? Number.NaN : step));
    assert.equal(fits.jobs.length, 1);
    const { values, h, stepMs } = fits.jobs[0] ?? assert.fail();
    assert.deepEqual([values.length, h, stepMs], [24, HORIZON, 1000]);
    assert.deepEqual([values[2], values[3], values[23]], [2, Number.NaN, 23]);
  });

  it("goes on from a fit that comes late with the steps that came since", () => {
    const fits = new Held();
    const forecaster = makeForecaster({ ...spec, fits });
    feed(forecaster, 110, duty);
    const late = fits.deliver();
    assert.equal(late.age, 110 - 104, "asked for at 24, 64 and 104");
    assert.ok(isEngine(forecaster.predict(asked)), "its backtest is better than smoothing");
    const { median } = forecaster.predict(asked);
    for (const ahead of [0, 9, 10, 17, 18])
      assert.ok(Math.abs((median[ahead] ?? 0) - duty(110 + ahead)) < 10, `${ahead}: ${median[ahead]}`);
  });

  it("asks again when its past has grown by half, and hourly", () => {
    const fits = new Held();
    const forecaster = makeForecaster({ ...spec, stepMs: 60_000, fits });
    feed(forecaster, 24, duty);
    fits.deliver();
    feed(forecaster, 12, duty, 24);
    assert.equal(fits.jobs.length, 2);
    fits.deliver();
    feed(forecaster, 400, duty, 36);
    const before = fits.jobs.length;
    fits.deliver();
    feed(forecaster, 60, duty, 436);
    assert.ok(fits.jobs.length > before);
  });

  it("does without where there is no room, and asks now and then", () => {
    const fits = new Held();
    fits.hasRoom = false;
    const forecaster = makeForecaster({ ...spec, fits });
    feed(forecaster, 50, duty);
    assert.ok(!isEngine(forecaster.predict(asked)));
    fits.hasRoom = true;
    feed(forecaster, 20, duty, 50);
    assert.equal(fits.jobs.length, 1);
  });

  it("gives its room back when it rests, and takes no fit that comes after", () => {
    const fits = new Held();
    const forecaster = makeForecaster({ ...spec, fits });
    feed(forecaster, 70, duty);
    forecaster.rest();
    assert.deepEqual(fits.released, ["s"]);
    fits.deliver();
    assert.ok(!isEngine(forecaster.predict(asked)));
  });

  it("gives its room back where the engine gains nothing", () => {
    const fits = new Held();
    const forecaster = makeForecaster({ ...spec, fits });
    feed(forecaster, 30, () => 7);
    fits.deliver();
    feed(forecaster, 150, () => 7, 30);
    assert.deepEqual(fits.released, ["s"]);
  });

  it("forecasts counts that are finite, ordered and never negative", () => {
    const value = fc.oneof(
      { weight: 5, arbitrary: fc.double({ min: 0, max: 1e6, noNaN: true }) },
      { weight: 3, arbitrary: fc.constantFrom(0, 1, 5, 1e30, Number.MIN_VALUE, Number.NaN) },
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 20, maxLength: 90 }), (values) => {
        const forecaster = makeForecaster({ ...spec, fits: fitsAtOnce });
        for (const one of values) forecaster.observe(one);
        const { median, lower, upper, model } = forecaster.predict(asked);
        assert.ok(Number.isFinite(model.skill) && model.skill <= 1, `${model.skill}`);
        for (const [i, point] of median.entries()) {
          const [low, high] = [lower[i] ?? Number.NaN, upper[i] ?? Number.NaN];
          assert.ok([low, point, high].every(Number.isFinite) && 0 <= low && low <= point && point <= high);
        }
      }),
      { numRuns: 60 },
    );
  });
});
