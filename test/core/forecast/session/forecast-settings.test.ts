import assert from "node:assert/strict";
import fc from "fast-check";
import { quote, StitchError } from "../../../../src/core/errors.ts";
import { readForecastSettings } from "../../../../src/core/forecast/session/forecast-settings.ts";
import { readNumber, readSeriesName } from "../../../../src/core/forecast/session/read-number.ts";

describe("forecast settings", () => {
  it("have defaults for every field", () => {
    assert.deepEqual(readForecastSettings({}), {
      mode: "session",
      value: "payload",
      valueType: "msg",
      series: "topic",
      seriesType: "msg",
      stepMs: 10_000,
      horizon: 30,
      level: 80,
      aggregation: "mean",
      missing: "gap",
      arima: true,
      lstm: true,
    });
  });

  it("say which field is wrong and what it holds", () => {
    const wrong = [
      [{ mode: "both" }, 'mode must be one of session, value, got "both"'],
      [{ value: " " }, 'value must not be empty, got " "'],
      [{ series: "" }, 'series must not be empty, got ""'],
      [{ seriesType: "jsonata" }, 'type of series must be one of msg, str, got "jsonata"'],
      [{ stepMs: "99" }, 'step (ms) must be a whole number from 100 to 86400000, got "99"'],
      [{ stepMs: "many" }, 'step (ms) must be a whole number from 100 to 86400000, got "many"'],
      [{ horizon: "0" }, 'horizon (steps) must be a whole number from 1 to 500, got "0"'],
      [{ horizon: "1.5" }, 'horizon (steps) must be a whole number from 1 to 500, got "1.5"'],
      [{ level: "99" }, 'level (percent) must be one of 80, 90, 95, got "99"'],
      [{ aggregation: "max" }, 'aggregation must be one of mean, sum, last, count, got "max"'],
      ...["2, 1", "1,1,1,1", "x", "6,0,0", "1,3,1", "0,0,0", "1.5,0,0", "-1,0,0"].map(
        (order) =>
          [
            { arimaOrder: order },
            `ARIMA order must be empty, or p, d, q: whole numbers up to 5, 2, 5, got "${order}"`,
          ] as const,
      ),
      [{ missing: "skip" }, 'missing steps must be one of gap, hold, zero, got "skip"'],
    ] as const;
    for (const [fields, message] of wrong)
      assert.throws(() => readForecastSettings(fields), { name: "StitchError", code: "BAD_CONFIG", message });
  });

  it("take an ARIMA order, or none: then one is found for each series", () => {
    assert.deepEqual(readForecastSettings({ arimaOrder: " 2, 1,1 " }).arimaOrder, [2, 1, 1]);
    assert.equal(readForecastSettings({ arimaOrder: "" }).arimaOrder, undefined);
  });

  it("throw nothing but a StitchError, whatever a flow file holds", () => {
    const names = [...Object.keys(readForecastSettings({})), "arimaOrder"];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.anything(), (name, value) => {
        try {
          readForecastSettings({ [name]: value });
        } catch (error) {
          assert.ok(error instanceof StitchError);
        }
      }),
      // An object that can't be made a text: found by a run in CI.
      { examples: ["level", "arima", "lstm"].map((name) => [name, { toString: {} }] as [string, unknown]) },
    );
  });
});

describe("a number in a message", () => {
  it("is a number, or text that is one", () => {
    const read = [21.5, "21.5", " -3 ", "1e3", 0].map((value) => readNumber(value, "msg.payload"));
    assert.deepEqual(read, [21.5, 21.5, -3, 1000, 0]);
  });

  for (const value of [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e101,
    "",
    "warm",
    true,
    null,
    undefined,
    {},
    [1],
    1n,
  ])
    it(`is not ${typeof value} ${quote(value)}`, () => {
      assert.throws(() => readNumber(value, "msg.payload"), {
        name: "StitchError",
        code: "BAD_VALUE",
        message: /^msg\.payload must be a finite number \(up to ±1e100\), got /,
      });
    });
});

describe("a series' name", () => {
  it("is any text, or a number", () => {
    const read = ["room/1", 7, "__proto__"].map((value) => readSeriesName(value, "msg.topic"));
    assert.deepEqual(read, ["room/1", "7", "__proto__"]);
  });

  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, undefined, "", null, {}, "x".repeat(257), true])
    it(`is not ${typeof value} ${quote(value, 10)}`, () => {
      assert.throws(() => readSeriesName(value, "msg.topic"), {
        code: "BAD_VALUE",
        message: /^msg\.topic must name the series in 1 to 256 characters, got /,
      });
    });
});
