import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type CheckedProfile, ForecastCheck, profileOf } from "../../src/demo/forecast-check.ts";

const stepMs = 10_000;
/** Messages per step of "d", from time 0 on. */
function checkOf(perStep: readonly number[]): ForecastCheck {
  const check = new ForecastCheck();
  for (const [step, count] of perStep.entries()) {
    for (let i = 0; i < count; i++) check.sent("d", step * stepMs + (i * stepMs) / count);
  }
  return check;
}
const profile = (steps: number, perSec: readonly number[], sessionId = "d"): CheckedProfile => ({
  sessionId,
  atMs: steps * stepMs,
  stepMs,
  horizon: perSec.length,
  messages: { median: perSec },
});

describe("ForecastCheck", () => {
  it("scales the error with the mean change from step to step, as for the naive forecast", () => {
    // Changes before the forecast: 20, 20 messages per 10 s: scale 2/s. Then 30 and 10 messages: 3/s and 1/s.
    const check = checkOf([20, 40, 20, 30, 10]);
    check.profile(profile(3, [2.5, 1.5]), 30_000);
    assert.deepEqual(check.tally(50_000), { made: 1, mase: 0.25, naiveMase: 0.5 });
  });

  it("judges only the steps that have passed", () => {
    const check = checkOf([20, 40, 20, 30]);
    check.profile(profile(3, [3, 1_000, 1_000]), 30_000);
    assert.equal(check.tally(40_000).mase, 0);
  });

  it("says null, not a number, where nothing could be judged", () => {
    const check = checkOf([20, 20, 20, 20]);
    check.profile(profile(3, [9]), 30_000);
    check.profile(profile(3, [9], "nobody"), 30_000);
    assert.deepEqual(check.tally(60_000), { made: 2, mase: null, naiveMase: null });
  });

  it("gives a perfect forecast 0, whatever was sent", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { minLength: 6, maxLength: 12 }), (perStep) => {
        const check = checkOf(perStep);
        check.profile(
          profile(
            4,
            perStep.slice(4).map((count) => count / 10),
          ),
          40_000,
        );
        const { mase } = check.tally(perStep.length * stepMs);
        assert.ok(mase === null || Math.abs(mase) < 1e-6, String(mase));
      }),
    );
  });

  it("forgets what is older than two hours, and goes on", () => {
    const check = new ForecastCheck();
    check.sent("d", 0);
    for (let second = 10_000; second < 10_040; second++) check.sent("d", second * 1000);
    check.profile(profile(1_003, [1]), 10_030_000);
    assert.equal(check.tally(10_040_000).mase, 0);
  });
});

describe("profileOf", () => {
  it("takes a Session Profile off the wire", () => {
    assert.equal(profileOf(JSON.stringify(profile(1, [2])))?.sessionId, "d");
  });

  it("refuses everything else without throwing", () => {
    for (const text of [
      "",
      "null",
      "{}",
      '{"sessionId":"d"}',
      JSON.stringify({ ...profile(1, [2]), stepMs: 0 }),
      JSON.stringify({ ...profile(1, []), messages: { median: ["1"] } }),
    ]) {
      assert.equal(profileOf(text), undefined, text);
    }
    fc.assert(fc.property(fc.json(), (text) => void profileOf(text)));
  });
});
