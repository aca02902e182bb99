import assert from "node:assert/strict";
import { fitSeries, forecast, type MemberTable, predict } from "../../../src/core/forecast/engine/engine.ts";
import { furtherMembers } from "../../../src/core/forecast/engine/members/further.ts";
import { members } from "../../../src/core/forecast/engine/members/index.ts";
import type { Forecast } from "../../../src/core/forecast/forecaster.ts";
import { makeForecaster } from "../../../src/core/forecast/online/make-forecaster.ts";
import { ValueForecaster } from "../../../src/core/forecast/session/value-forecaster.ts";
import { EDGE_CORPUS } from "../../support/edge-corpus.ts";

const { NaN: NONE } = Number;
const MONTH_MS = 30 * 86_400_000;
const asked = { h: 12, level: 95, nonNegative: true } as const;

function check({ median, lower, upper }: Forecast): void {
  for (const [i, middle] of median.entries()) {
    const [low, high] = [lower[i] as number, upper[i] as number];
    assert.ok([low, middle, high].every(Number.isFinite), `${low} ${middle} ${high}`);
    assert.ok(low >= 0 && low <= middle && middle <= high, `${low} ${middle} ${high}`);
  }
}

const all: MemberTable = { ...members, ...furtherMembers };
/** Of each member alone, and of all together, those that are not in the engine included. */
const tables: readonly MemberTable[] = [
  members,
  all,
  ...Object.entries(all).map(([key, member]) => ({ [key]: member })),
];

describe("edge corpus: finite, ordered and non-negative", () => {
  for (const [name, values] of Object.entries(EDGE_CORPUS)) {
    it(`${name}: the engine and each member, at steps of 1 ms and of a month`, () => {
      for (const stepMs of [1, MONTH_MS]) {
        check(forecast({ values, stepMs }, asked));
        for (const table of tables)
          check(predict(fitSeries({ values, stepMs }, { h: 12, members: table }), asked, table));
      }
    });

    it(`${name}: online`, () => {
      const options = { series: "s", stepMs: 1000, nonNegative: true, level: 95, horizon: 12 } as const;
      const online = makeForecaster(options);
      for (const value of values) {
        // The node counts what isn't finite as missing.
        online.observe(Number.isFinite(value) ? value : NONE);
        check(online.predict(asked));
      }
    });
  }

  for (const stepMs of [1, MONTH_MS]) {
    it(`a clock that jumps, stands and goes backwards, at steps of ${stepMs} ms`, () => {
      const values = new ValueForecaster(
        {
          series: "s",
          stepMs,
          horizon: 12,
          level: 95,
          aggregation: "count",
          missing: "gap",
          make: makeForecaster,
        },
        0,
      );
      for (const step of [0, 1, 1, 2, 3, 4, 2, 0, 5, 5, 6, 500_000, 500_001, 7, 500_002]) {
        values.add(1, step * stepMs);
        const made = values.step(step * stepMs);
        if (made) check({ ...made, level: 95, model: { ...made.model, seasons: [] } });
      }
    });
  }
});
