import assert from "node:assert/strict";
import { fitSeries } from "../../../../src/core/forecast/engine/engine.ts";
import type { Member } from "../../../../src/core/forecast/engine/members/member.ts";
import { predict } from "../../../../src/core/forecast/engine/predict.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

const HOUR_MS = 3_600_000;
const h = 12;
/** A day that repeats, with some noise. */
const at = (t: number): number => 100 + 50 * Math.sin((2 * Math.PI * t) / 24) + ((t * 7919) % 13);
const values = Float64Array.from({ length: 400 }, (_, t) => at(t));

/** Knows the future but for a constant error. */
const offBy = (error: number): Member => ({
  name: "visitor",
  mustBeatSeasonalNaive: true,
  fit: () => true,
  path: (_model, _past, origin, steps) =>
    Float64Array.from({ length: steps }, (_, i) => at(origin + i) + error),
});

describe("the skill of a member alone", () => {
  const skillOf = (error: number): number => {
    const also = { visitor: offBy(error) };
    const fit = fitSeries({ values, stepMs: HOUR_MS }, { h, also });
    const { members = [] } = predict(fit, { h, level: 80, nonNegative: true }, also).model;
    return members.find(({ name }) => name === "visitor")?.skill ?? Number.NaN;
  };

  it("is 1 - error / naive error of its own trial, whatever the others do", () => {
    assert.equal(skillOf(0), 1);
    // An error of 0.5 at each step; the naive one's is the same throughout.
    const naive = 0.5 / (1 - skillOf(0.5));
    assert.ok(Math.abs(skillOf(1) - (1 - 1 / naive)) < 0.002, `${skillOf(1)} of ${naive}`);
  });
});

describe("a member that must beat seasonal naive", () => {
  const weightOf = (error: number): number | undefined =>
    fitSeries({ values, stepMs: HOUR_MS }, { h, also: { visitor: offBy(error) } }).members.find(
      ({ key }) => key === "visitor",
    )?.weight;

  it("counts for nothing while it doesn't", () => {
    assert.equal(weightOf(30), 0);
  });

  it("counts once it does", () => {
    assert.ok((weightOf(0.1) ?? 0) > 0.5);
  });

  it("changes nothing of the forecast while it counts for nothing", () => {
    const options = { h, level: 80, nonNegative: true } as const;
    const also = { visitor: offBy(30) };
    const series = { values, stepMs: HOUR_MS };
    const { median } = predict(fitSeries(series, { h, also }), options, also);
    assert.deepEqual(median, predict(fitSeries(series, { h }), options).median);
  });

  it("is measured by the last value where there is no season", () => {
    const random = seededRandom(3);
    const steady = { values: Float64Array.from({ length: 100 }, () => 12 * random.next()), stepMs: 1000 };
    const fitWith = (error: number) =>
      fitSeries(steady, {
        h,
        also: { visitor: { ...offBy(0), path: () => new Float64Array(h).fill(error) } },
      });
    const weight = (error: number) =>
      fitWith(error).members.find(({ key }) => key === "visitor")?.weight ?? 0;
    assert.equal(weight(100), 0);
    assert.ok(weight(6) > 0);
  });
});
