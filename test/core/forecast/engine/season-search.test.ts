import assert from "node:assert/strict";
import fc from "fast-check";
import { autocorrelation } from "../../../../src/core/forecast/engine/autocorrelation.ts";
import { fitSeries, predict } from "../../../../src/core/forecast/engine/engine.ts";
import { EngineForecaster } from "../../../../src/core/forecast/engine/engine-forecaster.ts";
import { pastFrom, viewOf } from "../../../../src/core/forecast/engine/past.ts";
import { searchSeasons } from "../../../../src/core/forecast/engine/season-search.ts";
import type { ForecastOptions } from "../../../../src/core/forecast/forecaster.ts";
import { seededRandom } from "../../../support/seeded-random.ts";
import { days, meanAbsoluteError, noise, series } from "./series.ts";
import { camera, SEASONLESS } from "./traffic.ts";

const SECOND = 1000;
const options: ForecastOptions = { h: 10, level: 80, nonNegative: true };
const search = (values: ArrayLike<number>): number[] => searchSeasons(viewOf(pastFrom(values)));
const sine = (i: number, season: number): number => Math.sin((2 * Math.PI * i) / season);

describe("autocorrelation", () => {
  it("is the mean product of the pairs seen, relative to the variance", () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.integer({ min: -100, max: 100 })), { minLength: 8, maxLength: 60 }),
        (values) => {
          const seen = Uint8Array.from(values, (value) => (value === null ? 0 : 1));
          const filled = Float64Array.from(values, (value) => value ?? 0);
          const mean = (lag: number): number => {
            const products = values.flatMap((value, i) => {
              const later = values[i + lag];
              return value === null || later === null || later === undefined ? [] : [value * later];
            });
            return products.reduce((sum, product) => sum + product, 0) / Math.max(1, products.length);
          };
          const variance = mean(0);
          for (const [lag, r] of autocorrelation(filled, seen, values.length >> 1).entries()) {
            const expected = variance > 0 ? mean(lag) / variance : 0;
            assert.ok(Math.abs(r - expected) < 1e-9, `lag ${lag}: ${r}, not ${expected}`);
          }
        },
      ),
    );
  });
});

describe("searchSeasons", () => {
  it("finds a sine of any season that was seen three times", () => {
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 100 }), fc.integer({ min: 1, max: 50 }), (season, seed) => {
        const wobble = noise(20, seed);
        const [found] = search(series(3 * season + 60, (i) => 300 + 100 * sine(i, season) + wobble(i)));
        assert.ok(Math.abs((found ?? 0) - season) <= Math.max(1, season / 20), `${found}, not ${season}`);
      }),
      { numRuns: 50, seed: 7 },
    );
  });

  it("finds a short season and a longer one around it", () => {
    const wobble = noise(30);
    const both = series(600, (i) => 400 + 150 * sine(i, 12) + 100 * sine(i, 60) + wobble(i));
    assert.deepEqual(
      search(both).sort((a, b) => a - b),
      [12, 60],
    );
  });

  it("takes the multiple where a season isn't a whole number of steps", () => {
    const wobble = noise(10);
    assert.deepEqual(search(series(300, (i) => (i % 7.5 < 1 ? 900 : 30) + wobble(i))), [15]);
  });

  it("bridges gaps: a quarter of the values missing, and an outage", () => {
    const random = seededRandom(3);
    const holey = camera(300, 1).map((value, i) =>
      random.next() < 0.25 || (i > 100 && i < 125) ? Number.NaN : value,
    );
    assert.deepEqual(search(holey), [40]);
  });

  it("finds none in what doesn't vary, in nothing, in a trend", () => {
    assert.deepEqual(search([]), []);
    assert.deepEqual(search(series(300, () => 5)), []);
    assert.deepEqual(search(series(300, () => Number.NaN)), []);
    assert.deepEqual(search(series(300, (i) => 3 * i)), []);
  });
});

describe("a fit's seasons", () => {
  const seasonsOf = (values: Float64Array): readonly number[] =>
    fitSeries({ values, stepMs: SECOND }, { h: 10 }).seasons;

  it("are the camera's 40 s, from 150 s of it", () => {
    // From its first surge on: the rest before it belongs to no cycle.
    const found = series(20, (i) => seasonsOf(camera(165, i + 1).subarray(15))[0] ?? 0);
    assert.ok(found.filter((season) => season === 40).length >= 16, [...found].join(" "));
  });

  it("are still the days and weeks", () => {
    const weeks = days(24 * 40, 24).map((value, i) => value * (Math.floor(i / 24) % 7 < 5 ? 1 : 0.3));
    assert.deepEqual(fitSeries({ values: weeks, stepMs: 3600 * SECOND }, { h: 10 }).seasons, [24, 168]);
  });

  for (const [name, make] of Object.entries(SEASONLESS)) {
    it(`are none in ${name}: at most 5 % of fits find one by chance`, () => {
      let wrong = 0;
      for (let seed = 1; seed <= 40; seed++) {
        const length = seed % 2 ? 120 : 300;
        if (seasonsOf(make(seededRandom(seed), length)).length > 0) wrong++;
      }
      assert.ok(wrong <= 2, `${wrong} of 40`);
    });
  }
});

describe("a camera's forecast", () => {
  it("errs less than half as much as the last value, ten seconds ahead, from whichever moment", () => {
    let ours = 0;
    let naive = 0;
    for (let k = 0; k < 20; k++) {
      const all = camera(170, k + 1);
      const now = 130 + ((2 * k) % 40);
      const truth = all.subarray(now, now + 10);
      const fit = fitSeries({ values: all.subarray(0, now), stepMs: SECOND }, { h: 10 });
      ours += meanAbsoluteError(predict(fit, options).median, truth);
      naive += meanAbsoluteError(new Float64Array(10).fill(all[now - 1] as number), truth);
    }
    assert.ok(ours < naive / 2, `${ours} of ${naive}`);
  });

  it("anticipates the third ramp, online, while the second surge is all that came before", () => {
    const all = camera(140, 5);
    const forecaster = new EngineForecaster({ stepMs: SECOND, h: 10 });
    // Surges start at 15, 55 and 95 s and need 14 s to their top.
    for (const value of all.subarray(0, 94)) {
      forecaster.predict(options);
      forecaster.observe(value);
      if (forecaster.isRefitDue)
        forecaster.adopt(fitSeries({ values: forecaster.history(), stepMs: SECOND }, { h: 10 }));
    }
    assert.ok((all[93] as number) < 15);
    assert.ok((forecaster.predict(options).median[9] as number) > 40);
  });
});
