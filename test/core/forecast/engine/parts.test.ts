import assert from "node:assert/strict";
import fc from "fast-check";
import { errorsOf, naiveError, planBacktest } from "../../../../src/core/forecast/engine/backtest.ts";
import { combine, skillWeights } from "../../../../src/core/forecast/engine/combine.ts";
import { bucketOf, reachOf, residualsByBucket } from "../../../../src/core/forecast/engine/conformal.ts";
import { gateOf, inside } from "../../../../src/core/forecast/engine/gate.ts";
import { leastAbsolute } from "../../../../src/core/forecast/engine/least-absolute.ts";
import { fromLog, logScaleOf, toLog } from "../../../../src/core/forecast/engine/log-scale.ts";
import { Nearest } from "../../../../src/core/forecast/engine/nearest.ts";
import { pastFrom, push, viewOf } from "../../../../src/core/forecast/engine/past.ts";
import { candidateSeasons, foundSeasons } from "../../../../src/core/forecast/engine/seasons.ts";
import { medianOf, weightedMedian } from "../../../../src/core/forecast/engine/statistics.ts";
import { noise, series } from "./series.ts";

const finite = fc.double({ min: -1e9, max: 1e9, noNaN: true });

describe("past", () => {
  it("bridges gaps in a straight line, carries the ends on, and marks what was seen", () => {
    const { values, seen } = viewOf(pastFrom([Number.NaN, 2, Number.NaN, Number.NaN, 8, Number.NaN]));
    assert.deepEqual([...values], [2, 2, 4, 6, 8, 8]);
    assert.deepEqual([...seen], [0, 1, 0, 0, 1, 0]);
  });

  it("holds the newest values of however many were pushed", () => {
    const past = pastFrom(series(2345, (i) => i));
    for (let i = 2345; i < 5000; i++) push(past, i);
    const { values, offset } = viewOf(past);
    assert.ok(values.length >= 1000);
    assert.deepEqual(
      values,
      series(values.length, (i) => offset + i),
    );
    assert.equal(values.at(-1), 4999);
  });
});

describe("planBacktest", () => {
  it("forecasts only what is known, from ascending origins after what was fitted", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1200 }), fc.integer({ min: 1, max: 100 }), (length, h) => {
        const plan = planBacktest(length, h);
        for (const [k, origin] of plan.origins.entries()) {
          assert.ok(origin >= plan.fitted && origin + plan.h <= length);
          assert.ok(k === 0 || origin > (plan.origins[k - 1] as number));
        }
        if (length >= 2) assert.ok(plan.origins.length > 0);
      }),
    );
  });

  it("counts no error where nothing was seen", () => {
    const past = viewOf(pastFrom([1, 2, Number.NaN, Number.NaN, 3]));
    const plan = { fitted: 2, origins: [2, 3], h: 2 };
    assert.deepEqual(
      [...errorsOf([Float64Array.of(0, 0), Float64Array.of(0, 5)], past, plan)],
      [Number.NaN, 2],
    );
    assert.ok(naiveError(past, plan) > 0);
  });
});

describe("weights and combination", () => {
  it("give the best member 1 and a worse one less", () => {
    const [best, worse, worst] = skillWeights([
      Float64Array.of(1, 2),
      Float64Array.of(1.1, 2.2),
      Float64Array.of(3, 3),
    ]);
    assert.equal(best, 1);
    assert.ok((worse as number) < 1 && (worst as number) < (worse as number) / 3);
  });

  it("don't let a member that blew up be seen", () => {
    const weights = Float64Array.of(1, 1, 1);
    const paths = [Float64Array.of(5, 5), Float64Array.of(6, Number.NaN), Float64Array.of(1e300, 1e300)];
    assert.deepEqual(
      [...combine(paths, weights, 2)].map((value) => value < 1e300),
      [true, true],
    );
    assert.equal(combine(paths, weights, 2)[0], 6);
  });

  it("a weighted median has the least weighted sum of absolute errors, and lies in the middle of all that have", () => {
    const weight = fc.oneof(fc.double({ min: 0.01, max: 1, noNaN: true }), fc.constantFrom(1, 2, 4));
    const value = fc.oneof(finite, fc.integer({ min: -3, max: 3 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(value, weight), { minLength: 1, maxLength: 60 }), (all) => {
        const values = Float64Array.from(all, ([one]) => one);
        const weights = Float64Array.from(all, ([, of]) => of);
        const middle = weightedMedian(values.slice(), weights.slice(), all.length);
        const cost = (at: number): number => all.reduce((sum, [one, of]) => sum + of * Math.abs(one - at), 0);
        const costs = all.map(([one]) => cost(one));
        const least = Math.min(...costs);
        const slack = 1e-9 * least + 1e-6;
        assert.ok(cost(middle) <= least + slack);
        const best = values.filter((_, k) => (costs[k] as number) <= least + slack);
        assert.ok(middle >= Math.min(...best) - 1e-9 && middle <= Math.max(...best) + 1e-9);
      }),
      { numRuns: 500 },
    );
  });
});

describe("leastAbsolute", () => {
  it("finds the line through all but the outliers", () => {
    const count = 200;
    const x = noise(1, 3);
    const line = Float64Array.from({ length: count }, (_, i) => x(i));
    const design = {
      columns: [new Float64Array(count).fill(1), line],
      targets: line.map((at, i) => 0.5 + 2 * at + (i % 10 === 0 ? 50 : 0)),
      seen: new Uint8Array(count).fill(1),
      penalties: new Float64Array(2),
    };
    const [intercept, slope] = leastAbsolute(design);
    assert.ok(Math.abs((intercept as number) - 0.5) < 0.1 && Math.abs((slope as number) - 2) < 0.1);
  });
});

describe("conformal", () => {
  it("puts steps in buckets that double", () => {
    assert.deepEqual([1, 2, 3, 4, 7, 8, 15, 16].map(bucketOf), [0, 1, 1, 2, 2, 3, 3, 4]);
  });

  it("reaches further to the side on which it erred more", () => {
    const past = viewOf(pastFrom(series(50, (i) => (i % 10 === 0 ? 9 : 0))));
    const plan = { fitted: 10, origins: series(40, (i) => 10 + i), h: 1 };
    const residuals = residualsByBucket(
      Array.from(plan.origins, () => new Float64Array(1)),
      past,
      { origins: [...plan.origins], h: 1 },
    );
    const [below, above] = reachOf(residuals, 1, 90) as [number, number];
    assert.equal(below, 0);
    assert.equal(above, 9);
  });

  it("reaches as far as the residuals' own quantile at 80 %, farther at 90 and 95, but not beyond them", () => {
    const residuals = [Float64Array.from({ length: 41 }, (_, i) => i - 20)];
    const [at80, at90, at95] = [80, 90, 95].map(
      (level) => (reachOf(residuals, 1, level) as [number, number])[1],
    ) as [number, number, number];
    assert.ok(Math.abs(at80 - 16) < 1e-9);
    assert.ok(at90 > 18.2 && at95 > 19.2 && at95 > at90 && at95 <= 20);
  });

  it("knows nothing without residuals", () => {
    assert.equal(reachOf([], 3, 80), undefined);
  });
});

describe("gate", () => {
  it("lets through one range beyond what was seen, and no NaN", () => {
    const gate = gateOf(viewOf(pastFrom([10, 20, Number.NaN])), false);
    assert.deepEqual(
      [inside(gate, -99, 15), inside(gate, 99, 15), inside(gate, Number.NaN, 15)],
      [0, 30, 15],
    );
  });
});

describe("smaller parts", () => {
  it("the logarithmic scale returns what it was given", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const scale = logScaleOf(Float64Array.from(values));
        for (const value of values) {
          const back = fromLog(scale, toLog(scale, value));
          assert.ok(Math.abs(back - value) <= 1e-9 * Math.max(scale.unit, Math.abs(value)));
        }
      }),
    );
  });

  it("Nearest keeps the smallest, sorted", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (distances) => {
        const nearest = new Nearest(5);
        distances.forEach((distance, i) => {
          if (distance < nearest.farthest) nearest.add(i, distance);
        });
        const expected = distances.toSorted((a, b) => a - b).slice(0, 5);
        assert.deepEqual([...nearest.distance.subarray(0, nearest.count)], expected);
      }),
    );
  });

  it("a day and a week are seasons once two of them were seen", () => {
    assert.deepEqual(candidateSeasons(47, 3_600_000), []);
    assert.deepEqual(candidateSeasons(48, 3_600_000), [24]);
    assert.deepEqual(candidateSeasons(336, 3_600_000), [24, 168]);
    assert.deepEqual(candidateSeasons(1000, 86_400_000), [7]);
  });

  it("seasons that are there are told from those that aren't", () => {
    const wobble = noise(50);
    const rough = series(1000, (i) => 300 + 200 * Math.sin((2 * Math.PI * i) / 24) + wobble(i));
    assert.deepEqual(foundSeasons(viewOf(pastFrom(rough)), [24, 168]), [24]);
    const weekly = series(1000, (i) => (rough[i] as number) * (Math.floor(i / 24) % 7 < 5 ? 1 : 0.3));
    assert.deepEqual(foundSeasons(viewOf(pastFrom(weekly)), [24, 168]), [24, 168]);
  });

  it("the median of none is NaN", () => {
    assert.ok(Number.isNaN(medianOf(new Float64Array())));
  });
});
