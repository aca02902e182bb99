import assert from "node:assert/strict";
import fc from "fast-check";
import { StitchError } from "../../../src/core/errors.ts";
import { readSessionProfile } from "../../../src/core/forecast/read-session-profile.ts";
import { profileLike } from "../../support/session-profiles.ts";

const whole = profileLike({ sessionId: "cam-7", atMs: 1000, messages: [1, 5, 2], bytes: [10, 50, 20] });

describe("readSessionProfile", () => {
  it("takes what the forecast node makes as it is", () => {
    assert.deepEqual(readSessionProfile(structuredClone(whole)), whole);
  });

  it("needs no more than curves, times and a skill", () => {
    const { sessionId, atMs, stepMs, horizon } = whole;
    const [bytes, messages] = [{ median: [10, 50, 20] }, { median: [1, 5, 2] }];
    const read = readSessionProfile({
      sessionId,
      atMs,
      stepMs,
      horizon,
      bytes,
      messages,
      model: { skill: 0.1 },
    });
    assert.deepEqual(read.messages, { median: [1, 5, 2], lower: [1, 5, 2], upper: [1, 5, 2], level: 80 });
    assert.deepEqual(read.allocation, {
      peakBps: 50,
      peakAtMs: 11_000,
      hosts: 1,
      capacityBps: 50,
      readyByMs: 6000,
    });
    assert.deepEqual([read.pattern, read.qos.loss, read.model.name], ["unknown", "none", "unnamed"]);
  });

  it("gives a value of its own", () => {
    const given = structuredClone(whole) as unknown as { messages: { upper: number[] } };
    const read = readSessionProfile(given);
    given.messages.upper[0] = 1e9;
    assert.equal(read.messages.upper[0], 1);
  });

  for (const [what, change, message] of [
    [
      "no session",
      { sessionId: "" },
      /sessionProfile\.sessionId must be a text of 1 to 1024 characters, got ""/,
    ],
    ["a step of nothing", { stepMs: 0 }, /sessionProfile\.stepMs must be a number >= 1 ms, got 0/],
    [
      "a broken horizon",
      { horizon: 2.5 },
      /sessionProfile\.horizon must be a whole number of steps, got 2\.5/,
    ],
    ["an endless horizon", { horizon: 1e9 }, /sessionProfile\.horizon must be a number 1\.\.10000 steps/],
    [
      "a curve that is too short",
      { horizon: 4 },
      /sessionProfile\.bytes\.median must be an array of 4 numbers, got an array of 3/,
    ],
    [
      "a rate below 0",
      { messages: { median: [1, -5, 2] } },
      /messages\.median\[1\] must be a number >= 0 per second, got -5/,
    ],
    ["a rate that is none", { messages: { median: [1, Number.NaN, 2] } }, /messages\.median\[1\]/],
    ["an infinite rate", { bytes: { median: [1, Number.POSITIVE_INFINITY, 2] } }, /bytes\.median\[1\]/],
    [
      "an interval beside its median",
      { bytes: { median: [1, 2, 3], upper: [1, 1, 3] } },
      /bytes must have lower <= median <= upper at step 1/,
    ],
    [
      "a level of its own",
      { bytes: { median: [1, 2, 3], level: 99 } },
      /bytes\.level must be one of 80, 90, 95, got 99/,
    ],
    ["a pattern of its own", { pattern: "lazy" }, /pattern must be one of periodic, .*, got "lazy"/],
    ["no verdict on itself", { model: { name: "mine" } }, /model\.skill must be a number .*, got undefined/],
    ["a skill above 1", { model: { skill: 2 } }, /model\.skill/],
    ["a share above 1", { dataTypes: { json: 3 } }, /dataTypes\.json must be a number 0\.\.1, got 3/],
    ["a priority of its own", { qos: { priority: 9 } }, /qos\.priority must be a number 0\.\.7, got 9/],
  ] as const)
    it(`refuses ${what}, by its name`, () => {
      assert.throws(
        () => readSessionProfile({ ...whole, ...change }),
        (error) =>
          error instanceof StitchError && error.code === "BAD_PROFILE" && message.test(error.message),
      );
    });

  it("throws nothing but BAD_PROFILE, whatever it is given", () => {
    const part = fc.anything({ withNullPrototype: true });
    const names = [
      "sessionId",
      "atMs",
      "stepMs",
      "horizon",
      "bytes",
      "messages",
      "model",
      "qos",
      "allocation",
    ];
    fc.assert(
      fc.property(part, fc.constantFrom(...names), (value, name) => {
        for (const given of [value, { ...whole, [name]: value }]) {
          try {
            const { messages, horizon } = readSessionProfile(given);
            assert.equal(messages.upper.length, horizon);
          } catch (error) {
            assert.ok(error instanceof StitchError && error.code === "BAD_PROFILE", String(error));
          }
        }
      }),
    );
  });
});
