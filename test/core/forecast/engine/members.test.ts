import assert from "node:assert/strict";
import fc from "fast-check";
import { pathsOf, planBacktest } from "../../../../src/core/forecast/engine/backtest.ts";
import { analogs } from "../../../../src/core/forecast/engine/members/analogs.ts";
import { decomposition } from "../../../../src/core/forecast/engine/members/decomposition.ts";
import { members } from "../../../../src/core/forecast/engine/members/index.ts";
import { recentMedian } from "../../../../src/core/forecast/engine/members/level.ts";
import type { Member } from "../../../../src/core/forecast/engine/members/member.ts";
import { multiScale } from "../../../../src/core/forecast/engine/members/multi-scale.ts";
import { seasonAnalogs } from "../../../../src/core/forecast/engine/members/season-analogs.ts";
import { type Past, pastFrom, viewOf } from "../../../../src/core/forecast/engine/past.ts";
import { days, meanAbsoluteError, noise, series } from "./series.ts";

const pastOf = (values: ArrayLike<number>): Past => viewOf(pastFrom(values));

function pathOf<Model>(
  member: Member<Model>,
  values: Float64Array,
  seasons: readonly number[],
  h = 12,
): Float64Array {
  const past = pastOf(values);
  const model = member.fit(past, values.length, { seasons, h });
  assert.ok(model !== undefined);
  return member.path(model, past, values.length, h);
}

describe("a member", () => {
  for (const [name, member] of Object.entries(members)) {
    it(`${name} knows nothing of what comes after the origin`, () => {
      const plain = pastOf(days(400, 24));
      const changed = pastOf(days(400, 24).map((value, i) => (i < 300 ? value : 1e6)));
      const model = member.fit(plain, 250, { seasons: [24], h: 12 });
      assert.deepEqual(member.path(model, changed, 300, 12), member.path(model, plain, 300, 12));
    });

    it(`${name} forecasts the same from one origin as from many`, () => {
      const past = pastOf(days(400, 24));
      const plan = planBacktest(400, 12);
      const model = member.fit(past, plan.fitted, { seasons: [24], h: 12 });
      const last = plan.origins.at(-1) as number;
      const alone = member.path(model, past, last, 12);
      const among = pathsOf(member, model, past, plan).at(-1) as Float64Array;
      assert.ok(meanAbsoluteError(alone, among) < 1);
    });

    it(`${name} takes any past, also none`, () => {
      fc.assert(
        fc.property(
          fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { maxLength: 60 }),
          (values) => {
            const past = pastOf(values);
            const model = member.fit(past, values.length, { seasons: [7], h: 12 });
            if (model === undefined) return;
            assert.equal(member.path(model, past, values.length, 12).length, 12);
          },
        ),
        { numRuns: 50 },
      );
    });
  }
});

describe("recentMedian", () => {
  it("is the middle of the last twelve", () => {
    assert.equal(
      pathOf(
        recentMedian,
        series(50, (i) => (i < 38 ? 1000 : i - 38)),
        [],
      )[0],
      5.5,
    );
  });
});

describe("analogs", () => {
  it("repeat what followed before, without being told the period", () => {
    const values = series(300, (i) => (i % 23) ** 2);
    assert.deepEqual(
      pathOf(analogs(0.9), values, []),
      series(12, (i) => ((300 + i) % 23) ** 2),
    );
  });

  it("ignore futures that were missing", () => {
    const values = series(301, (i) => (i % 3 === 0 ? Number.NaN : 5));
    assert.deepEqual(pathOf(analogs(0.7), values, []), new Float64Array(12).fill(5));
  });
});

describe("seasonAnalogs", () => {
  it("takes the cycles that went like the present one", () => {
    // Even days are busy, odd ones quiet, and twelve steps of a busy one have passed.
    const values = series(24 * 20 + 12, (i) => (Math.floor(i / 24) % 2 ? 10 : 100 + (i % 24)));
    const path = pathOf(seasonAnalogs, values, [24]);
    for (const value of path) assert.ok(value > 90, `${value}`);
  });
});

describe("decomposition", () => {
  it("carries days and weeks on", () => {
    const load = (i: number): number =>
      (Math.floor(i / 24) % 7 < 5 ? 300 : 100) + 50 * Math.sin((Math.PI * i) / 12);
    const values = series(24 * 35 - 12, load);
    const path = pathOf(decomposition, values, [24, 168], 36);
    assert.ok(
      meanAbsoluteError(
        path,
        series(36, (i) => load(values.length + i)),
      ) < 20,
    );
  });

  it("finds no season in noise", () => {
    const wobble = noise(50);
    const path = pathOf(
      decomposition,
      series(300, (i) => 200 + wobble(i)),
      [100],
    );
    // The median of three such draws errs by 18 on average: that would be the profile, believed.
    assert.ok(meanAbsoluteError(path, new Float64Array(12).fill(200)) < 12);
  });
});

describe("multiScale", () => {
  it("returns to the mean from a burst at the pace it saw", () => {
    const wobble = noise(1);
    let level = 0;
    const values = series(600, (i) => {
      level = i % 60 === 59 ? 64 : level / 2;
      return 10 + level + wobble(i);
    });
    const path = pathOf(multiScale, values, []);
    assert.ok((path[0] as number) > 30 && (path[11] as number) < 15, path.join(" "));
  });
});
