import assert from "node:assert/strict";
import fc from "fast-check";
import { StitchError } from "../../../src/core/errors.ts";
import { readFeedback } from "../../../src/core/route/feedback.ts";

describe("readFeedback", () => {
  it("takes a latency, an error, or both", () => {
    assert.deepEqual(readFeedback({ host: "a", latencyMs: 3 }), { host: "a", latencyMs: 3, failed: false });
    assert.deepEqual(readFeedback({ host: "a", error: { message: "no" } }), { host: "a", failed: true });
    assert.deepEqual(readFeedback({ host: "a", latencyMs: null }), { host: "a", failed: false });
  });

  for (const [value, message] of [
    ["host-1", /msg\.feedback must be \{ host, latencyMs, error \}, got "host-1"/],
    [{ latencyMs: 1 }, /msg\.feedback\.host must be a host's name, got undefined/],
    [{ host: "a", latencyMs: -1 }, /msg\.feedback\.latencyMs must be a number of ms >= 0, got -1/],
    [{ host: "a", latencyMs: "12" }, /latencyMs must be .*, got "12"/],
    [{ host: "a", latencyMs: Number.NaN }, /got NaN/],
    [JSON.parse('{ "__proto__": { "host": "a" } }'), /host must be/],
  ] as const)
    it(`refuses ${JSON.stringify(value)}`, () => {
      assert.throws(() => readFeedback(value), message);
    });

  it("throws nothing but BAD_MESSAGE", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        try {
          readFeedback(value);
        } catch (error) {
          assert.ok(error instanceof StitchError && error.code === "BAD_MESSAGE");
        }
      }),
    );
  });
});
