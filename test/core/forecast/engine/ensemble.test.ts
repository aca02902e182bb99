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
