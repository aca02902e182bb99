import assert from "node:assert/strict";
import { members } from "../../../../src/core/forecast/engine/members/index.ts";
import { forecast, memberNames } from "../../../../src/core/index.ts";
import { days } from "./series.ts";

const asked = { h: 6, level: 80, nonNegative: true } as const;
const series = { values: days(240, 24), stepMs: 3_600_000 };

/** Mostly nothing: what is there of a rare event. */
const rare = { ...series, values: Float64Array.from({ length: 240 }, (_, i) => (i % 5 === 0 ? 3 : 0)) };

describe("members asked for by name", () => {
  for (const name of memberNames) {
    it(`${name} forecasts alone`, () => {
      const { median, model } = forecast(name === "intermittent" ? rare : series, {
        ...asked,
        members: [name],
      });
      assert.equal(median.length, 6);
      assert.ok(median.every(Number.isFinite));
      assert.equal(model.members?.length, 1);
    });
  }

  it("several are weighed against each other; none but those", () => {
    const { model } = forecast(series, { ...asked, members: ["sarima", "theta"] });
    const names = (model.members ?? []).map((member) => member.name);
    assert.ok(names.length > 0 && names.every((name) => /^(sarima|theta)/.test(name)), names.join(" "));
  });

  it("are the engine's own where none is named", () => {
    const own = Object.keys(members);
    assert.deepEqual(forecast(series, asked), forecast(series, { ...asked, members: own }));
  });

  it("refuses a name that there is not, and none, with what there is", () => {
    const call = (members: readonly string[]) => () => forecast(series, { ...asked, members });
    assert.throws(call(["sarimax"]), /members must be among median, .*sarima.*, got "sarimax"/);
    assert.throws(call(["__proto__"]), RangeError);
    assert.throws(call([]), /at least one member, got none/);
  });
});
