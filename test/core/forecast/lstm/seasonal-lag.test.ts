import assert from "node:assert/strict";
import { findSeasonalLag } from "../../../../src/core/forecast/lstm/seasonal-lag.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

const made = (length: number, value: (t: number) => number): Float64Array =>
  Float64Array.from({ length }, (_, t) => value(t));

describe("findSeasonalLag", () => {
  it("finds a season in noise and gaps, and what repeating it gains", () => {
    const random = seededRandom(1);
    const values = made(300, (t) =>
      t % 7 === 3 ? Number.NaN : Math.sin((2 * Math.PI * t) / 24) + 0.2 * random.next(),
    );
    const { lag, gain, error } = findSeasonalLag(values, 12);
    assert.equal(lag % 24, 0);
    assert.ok(gain < Math.log(0.3), `${gain}`);
    assert.ok(error > 0 && error < 0.2, `${error}`);
  });

  it("repeats the last value of a walk", () => {
    const random = seededRandom(2);
    let place = 0;
    const walk = made(400, () => {
      place += random.next() - 0.5;
      return place;
    });
    assert.deepEqual([findSeasonalLag(walk, 12).lag, findSeasonalLag(walk, 12).gain], [1, 0]);
  });

  it("does not believe a season of which fewer than two cycles were seen", () => {
    const values = made(40, (t) => t % 24);
    assert.ok(findSeasonalLag(values, 8).lag < 24);
  });

  it("has a lag of 1 where there is nothing to compare", () => {
    for (const values of [
      made(0, () => 0),
      made(1, () => 5),
      made(50, () => 5),
      made(50, () => Number.NaN),
    ]) {
      const { lag, gain, error } = findSeasonalLag(values, 12);
      assert.deepEqual([lag, gain, error], [1, 0, 0]);
    }
  });

  it("errs as its definition says, with and without missing values, at any length", () => {
    const random = seededRandom(3);
    for (const length of [5, 9, 16, 63, 201])
      for (const missing of [-1, 1]) {
        const values = made(length, (t) =>
          t === missing ? Number.NaN : Math.sin((2 * Math.PI * t) / 7) + 0.1 * random.next(),
        );
        const { lag, error } = findSeasonalLag(values, 1);
        const moves = [...values.keys()]
          .slice(lag)
          .map((t) => Math.abs((values[t] as number) - (values[t - lag] as number)))
          .filter((move) => move >= 0);
        const mean = moves.reduce((sum, move) => sum + move, 0) / moves.length;
        assert.ok(Math.abs(error - mean) < 1e-12, `${length}: ${error}, not ${mean}`);
      }
  });
});
