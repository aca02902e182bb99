import assert from "node:assert/strict";
import fc from "fast-check";
import { fitArma, fromPartial, shocksOf, toPartial } from "../../../../src/core/forecast/engine/arma.ts";
import { pathsOf, planBacktest } from "../../../../src/core/forecast/engine/backtest.ts";
import { furtherMembers } from "../../../../src/core/forecast/engine/members/further.ts";
import { members } from "../../../../src/core/forecast/engine/members/index.ts";
import { intermittent } from "../../../../src/core/forecast/engine/members/intermittent.ts";
import type { Member, MemberTable } from "../../../../src/core/forecast/engine/members/member.ts";
import { type SarimaModel, sarima } from "../../../../src/core/forecast/engine/members/sarima.ts";
import { theta } from "../../../../src/core/forecast/engine/members/theta.ts";
import { type Past, pastFrom, viewOf } from "../../../../src/core/forecast/engine/past.ts";
import { days, meanAbsoluteError, noise, series } from "./series.ts";

const pastOf = (values: ArrayLike<number>): Past => viewOf(pastFrom(values));

/**
 * Whether an impulse dies out: the companion matrix, squared 36 times, is that of 7e10 steps later. Another way
 * than the recursion that the code uses.
 */
function diesOut(coefficients: ArrayLike<number>): boolean {
  const order = coefficients.length;
  let power = Array.from({ length: order }, (_, i) =>
    Array.from({ length: order }, (_, j) => (i === 0 ? (coefficients[j] as number) : i === j + 1 ? 1 : 0)),
  );
  for (let k = 0; k < 36; k++) {
    const column = (j: number): number[] => power.map((row) => row[j] as number);
    power = power.map((row) =>
      row.map((_, j) => column(j).reduce((sum, value, i) => sum + value * (row[i] as number), 0)),
    );
  }
  return power.every((row) => row.every((value) => Math.abs(value) < 1e-6));
}

describe("partial autocorrelations", () => {
  it("are those of the coefficients made of them", () => {
    const partial = fc.array(fc.double({ min: -0.97, max: 0.97, noNaN: true }), { maxLength: 5 });
    fc.assert(
      fc.property(partial, (given) => {
        const back = toPartial(fromPartial(given));
        for (const [i, one] of given.entries()) assert.ok(Math.abs((back[i] as number) - one) < 1e-6);
      }),
    );
  });

  it("of 1 are on the edge: such an impulse never dies out", () => {
    assert.ok(diesOut([0.5]) && !diesOut([1]) && !diesOut(fromPartial([0.3, 1])));
  });

  it("make any coefficients stationary", () => {
    const coefficients = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { maxLength: 4 });
    fc.assert(
      fc.property(coefficients, (given) => {
        assert.ok(diesOut(fromPartial(toPartial(given))));
      }),
      { numRuns: 300 },
    );
  });
});

describe("ARMA", () => {
  it("finds the coefficients of a series that it could have made", () => {
    const shock = noise(3, 1);
    const values = new Float64Array(1000);
    const shocks = series(1000, (i) => shock(i));
    for (let t = 1; t < 1000; t++)
      values[t] = 0.7 * (values[t - 1] as number) + (shocks[t] as number) + 0.4 * (shocks[t - 1] as number);
    const model = fitArma(values, 0);
    assert.ok(model);
    const error = shocksOf(model, values).reduce(
      (sum, one, t) => sum + (one - (shocks[t] as number)) ** 2,
      0,
    );
    const all = shocks.reduce((sum, one) => sum + one ** 2, 0);
    assert.ok(error < 0.05 * all, `${error / all}`);
  });
});

describe("sarima", () => {
  it("is stationary and invertible, and its forecasts finite, of whatever series", () => {
    const value = fc.oneof(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.constantFrom(0, 0, 1, 5, 1e9, Number.NaN),
    );
    const given = fc.array(value, { minLength: 60, maxLength: 160 });
    fc.assert(
      fc.property(given, fc.constantFrom(0, 7, 24), fc.boolean(), (values, season, grows) => {
        const grown = grows ? values.map((one, i) => one + 1000 * i) : values;
        const past = pastOf(grown);
        const model = sarima.fit(past, past.values.length, { seasons: season ? [season] : [], h: 12 });
        if (model === undefined) return;
        const { phi, theta, seasonalPhi, seasonalTheta } = (model as SarimaModel).arma;
        assert.ok(diesOut(phi) && diesOut(theta.map((one) => -one)));
        assert.ok(Math.abs(seasonalPhi) < 1 && Math.abs(seasonalTheta) < 1);
        assert.ok(sarima.path(model, past, past.values.length, 50).every(Number.isFinite));
      }),
      { numRuns: 60 },
    );
  });

  it("goes on with a season and with a level", () => {
    const values = days(400, 24);
    const past = pastOf(values.subarray(0, 376));
    const model = sarima.fit(past, 376, { seasons: [24], h: 24 });
    const error = meanAbsoluteError(sarima.path(model as SarimaModel, past, 376, 24), values.subarray(376));
    const naive = meanAbsoluteError(new Float64Array(24).fill(values[375] as number), values.subarray(376));
    assert.ok(error < naive / 3, `${error} of ${naive}`);
  });
});

/** Those that are in the engine besides have tests of their own. */
const regressions: MemberTable = {
  ...furtherMembers,
  "seasonal-differences": members["seasonal-differences"] as Member,
};

describe("a member", () => {
  for (const [name, member] of Object.entries(regressions)) {
    it(`${name} knows nothing of what comes after the origin, and says the same alone as among many`, () => {
      const values = days(400, 24).map((value, i) => (name === "intermittent" && i % 3 > 0 ? 0 : value));
      const past = pastOf(values);
      const plan = planBacktest(400, 12);
      const model = member.fit(past, plan.fitted, { seasons: [24], h: 12 });
      const last = plan.origins.at(-1) as number;
      const changed = pastOf(values.map((value, i) => (i < last ? value : 1e6)));
      const alone = member.path(model, changed, last, 12);
      const among = pathsOf(member, model, past, plan).at(-1) as Float64Array;
      for (let i = 0; i < 12; i++)
        assert.ok(
          Math.abs((alone[i] as number) - (among[i] as number)) <= 1e-9 * Math.abs(alone[i] as number),
        );
    });

    it(`${name} takes any past, also none`, () => {
      // Of steps as small as 5e-324 a member may say infinity: the ensemble leaves it out.
      const value = fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((one) => Math.round(one * 1e6) / 1e6);
      const any = fc.array(value, { maxLength: 80 });
      fc.assert(
        fc.property(any, (values) => {
          const past = pastOf(values);
          const model = member.fit(past, values.length, { seasons: [7], h: 12 });
          if (model === undefined) return;
          assert.ok(member.path(model, past, values.length, 12).every(Number.isFinite));
        }),
        { numRuns: 50 },
      );
    });
  }

  for (const name of ["seasonal-lags", "seasonal-differences"]) {
    it(`${name} goes on with a season`, () => {
      const values = days(400, 24);
      const past = pastOf(values.subarray(0, 376));
      const member = regressions[name] as Member;
      const path = member.path(member.fit(past, 376, { seasons: [24], h: 24 }), past, 376, 24);
      const error = meanAbsoluteError(path, values.subarray(376));
      const naive = meanAbsoluteError(new Float64Array(24).fill(values[375] as number), values.subarray(376));
      assert.ok(error < naive / 3, `${error} of ${naive}`);
    });
  }

  it("ar goes back to the mean as the series does", () => {
    const shock = noise(1, 5);
    let value = 0;
    const values = series(600, (i) => {
      value = 0.8 * value + shock(i);
      return 100 + value;
    });
    const past = pastOf([...values, 104]);
    const ar = furtherMembers["ar"] as Member;
    const path = ar.path(ar.fit(past, 601, { seasons: [], h: 12 }), past, 601, 12);
    assert.ok(Math.abs((path[0] as number) - 103.2) < 0.5 && Math.abs((path[11] as number) - 100) < 1);
  });

  it("ses takes a small share of each value where they are noise, a large one where they walk", () => {
    const [rough, move] = [noise(10, 3), noise(10, 4)];
    let at = 0;
    const shareOf = (values: Float64Array): number => {
      const ses = furtherMembers["ses"] as Member<{ share: number }>;
      return ses.fit(pastOf(values), values.length, { seasons: [], h: 1 })?.share ?? Number.NaN;
    };
    assert.ok(shareOf(series(400, rough)) <= 0.1);
    assert.ok(shareOf(series(400, (i) => (at += move(i)))) >= 0.8);
  });

  it("theta goes on with half the slope", () => {
    const past = pastOf(series(200, (i) => 1000 + i));
    const model = theta.fit(past, 200, { seasons: [], h: 12 });
    const path = theta.path(model as NonNullable<typeof model>, past, 200, 12);
    assert.ok((path[11] as number) > 1203 && (path[11] as number) < 1212);
  });

  it("intermittent expects less the longer nothing comes", () => {
    const values = series(200, (i) => (i < 150 && i % 4 === 0 ? 8 : 0));
    const past = pastOf(values);
    const model = intermittent.fit(past, 200, { seasons: [], h: 1 });
    const at = (origin: number): number =>
      intermittent.path(model as NonNullable<typeof model>, past, origin, 1)[0] as number;
    assert.ok(at(150) > 1 && at(199) < at(160));
  });
});
