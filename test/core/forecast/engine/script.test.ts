import assert from "node:assert/strict";
import { forecast } from "../../../../src/core/forecast/engine/engine.ts";
import type { ScriptOptions } from "../../../../src/core/forecast/engine/script.ts";
import type { Series } from "../../../../src/core/forecast/forecaster.ts";

const series = { values: Array.from({ length: 60 }, (_, i) => 10 + (i % 6)), stepMs: 60_000 };
const options = { h: 6, level: 80, nonNegative: true };

/** As a script calls it, whose types nobody checked. */
const run = (given: unknown, wanted: unknown = options) => forecast(given as Series, wanted as ScriptOptions);
const of = (values: unknown) => run({ values, stepMs: 60_000 });
const withOptions = (changed: object) => run(series, { ...options, ...changed });

const hole: number[] = [];
hole[3] = 5;
hole[59] = 5;

describe("a script's forecast", () => {
  for (const [what, values] of [
    ["typed arrays", Float32Array.from(series.values)],
    ["an array-like object", { length: 3, 0: 1, 1: 2, 2: 3 }],
    ["null and undefined, which count as missing", [1, null, 2, undefined, 3]],
    ["arrays with holes", hole],
    ["an object of any length, of which the newest are looked at", { length: 2 ** 50 }],
  ] as const)
    it(`takes ${what}`, () => {
      const { median, lower, upper } = of(values);
      assert.ok([...median, ...lower, ...upper].every(Number.isFinite));
      assert.equal(median.length, 6);
    });

  it("is at 80 %, of values that may be negative, unless told", () => {
    const values = Array.from({ length: 40 }, (_, i) => -i);
    const { level, median } = run({ values, stepMs: 1000 }, { h: 3 });
    assert.equal(level, 80);
    assert.ok(median.every((point) => point < 0));
  });

  for (const [given, message] of [
    [null, "series must be an object { values, stepMs }, got null"],
    ["abc", 'series must be an object { values, stepMs }, got "abc"'],
    [[1, 2], "series must be an object { values, stepMs }, got an array of 2"],
  ] as const)
    it(`refuses as a series: ${message}`, () => {
      assert.throws(() => run(given), { name: "TypeError", message });
    });

  for (const [values, message] of [
    [null, "values must be an array of numbers, got null"],
    ["12345", 'values must be an array of numbers, got "12345"'],
    [() => 1, "values must be an array of numbers, got a function"],
    [new Set([1, 2]), "values must be an array of numbers, got an object"],
    [{ length: "3" }, "values must be an array of numbers, got an object"],
    [{ length: -1 }, "values must be an array of numbers, got an object"],
    [new DataView(new ArrayBuffer(8)), "values must be an array of numbers, got an object"],
    [[1, "2"], 'values[1] must be a number, or NaN or null where it is missing, got "2"'],
    [[1, 2n], "values[1] must be a number, or NaN or null where it is missing, got 2n"],
    [[true], "values[0] must be a number, or NaN or null where it is missing, got true"],
    [[Symbol("x")], "values[0] must be a number, or NaN or null where it is missing, got Symbol(x)"],
    [[[1]], "values[0] must be a number, or NaN or null where it is missing, got an array of 1"],
    [BigInt64Array.of(1n), "values[0] must be a number, or NaN or null where it is missing, got 1n"],
  ] as const)
    it(`refuses as values: ${message}`, () => {
      assert.throws(() => of(values), { name: "TypeError", message });
    });

  it("names a value that can't be read, with what it threw", () => {
    const cause = new Error("boom");
    const values = {
      length: 2,
      get 0(): number {
        throw cause;
      },
    };
    assert.throws(() => of(values), { name: "TypeError", message: "values can't be read: boom", cause });
  });

  for (const stepMs of [
    0,
    -5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "60000",
    5n,
    Symbol("s"),
    null,
    undefined,
    true,
  ])
    it(`refuses a step of ${String(stepMs)}`, () => {
      assert.throws(() => run({ values: [1, 2, 3], stepMs }), {
        name: "RangeError",
        message: /^stepMs must be a finite number > 0 ms, got /,
      });
    });

  for (const h of [0, -1, 1.5, Number.NaN, 1e5 + 1, 1e300, "6", 6n, Symbol("s"), null, undefined])
    it(`refuses ${String(h)} steps`, () => {
      assert.throws(() => withOptions({ h }), {
        name: "RangeError",
        message: /^h must be a whole number of steps from 1 to 100000, got /,
      });
    });

  for (const level of [0, 79, 100, "80", Number.NaN, null, 80n, Symbol("s")])
    it(`refuses a level of ${String(level)}`, () => {
      assert.throws(() => withOptions({ level }), {
        name: "RangeError",
        message: /^level must be 80, 90 or 95 %, got /,
      });
    });

  it("refuses other options that can't be, naming them", () => {
    const refused = (changed: object, message: string) =>
      assert.throws(() => withOptions(changed), { name: "TypeError", message });
    refused({ nonNegative: "yes" }, 'nonNegative must be true or false, got "yes"');
    refused({ members: "ses" }, 'members must be an array of names, got "ses"');
    refused({ members: null }, "members must be an array of names, got null");
    assert.throws(
      () => withOptions({ members: [Symbol("m")] }),
      /^RangeError: members must be among .*, got Symbol\(m\)$/,
    );
    assert.throws(() => run(series, null), {
      message: "options must be an object { h, level, nonNegative }, got null",
    });
  });
});
