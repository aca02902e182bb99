import assert from "node:assert/strict";
import { fitSeries, forecast, type MemberTable, predict } from "../../../src/core/forecast/engine/engine.ts";
import { members } from "../../../src/core/forecast/engine/members/index.ts";
import type { Forecast } from "../../../src/core/forecast/forecaster.ts";
import { makeForecaster } from "../../../src/core/forecast/online/make-forecaster.ts";
import { ValueForecaster } from "../../../src/core/forecast/session/value-forecaster.ts";

const { NaN: NONE, POSITIVE_INFINITY: INFINITE } = Number;
const MONTH_MS = 30 * 86_400_000;
const asked = { h: 12, level: 95, nonNegative: true } as const;

const of = (at: (i: number) => number, length = 300): Float64Array =>
  Float64Array.from({ length }, (_, i) => at(i));
const CORPUS: Readonly<Record<string, Float64Array>> = {
  constant: of(() => 7),
  step: of((i) => (i < 150 ? 1 : 1000)),
  ramp: of((i) => i),
  "single spike": of((i) => (i === 200 ? 1e6 : 1)),
  "all zero": of(() => 0),
  alternating: of((i) => (i % 2) * 10),
  "all missing": of(() => NONE),
  "missing here and there": of((i) => (i % 7 === 3 ? NONE : i % 5)),
  "infinite here and there": of((i) => (i % 50 === 7 ? INFINITE : i % 5)),
  "huge values": of((i) => (i % 3) * 1e300),
  "tiny values": of((i) => (i % 3) * 1e-300),
  "a huge gap": of((i) => (i > 20 && i < 280 ? NONE : i % 5)),
  ...Object.fromEntries(
    Array.from({ length: 11 }, (_, k) => [`${k + 1} points`, of((i) => i % 3, k + 1)] as const),
  ),
};

function check({ median, lower, upper }: Forecast): void {
  for (const [i, middle] of median.entries()) {
    const [low, high] = [lower[i] as number, upper[i] as number];
    assert.ok([low, middle, high].every(Number.isFinite), `${low} ${middle} ${high}`);
    assert.ok(low >= 0 && low <= middle && middle <= high, `${low} ${middle} ${high}`);
  }
}

/** Of each member alone, and of all together. */
const tables: readonly MemberTable[] = [
  members,
  ...Object.entries(members).map(([key, member]) => ({ [key]: member })),
];

describe("edge corpus: finite, ordered and non-negative", () => {
  for (const [name, values] of Object.entries(CORPUS)) {
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
