import assert from "node:assert/strict";
import fc from "fast-check";
import { fromWire, KIND, toWire, WIRE_VERSION } from "../../src/core/record/envelope.ts";

describe("envelope", () => {
  it("survives its wire form", () => {
    const e = {
      kind: KIND.DATA,
      sessionId: "cam/7",
      slot: 3,
      epoch: 2,
      seq: 9,
      meta: { low: 4 },
      payload: 1,
    };
    assert.deepEqual(fromWire(toWire(e)), e);
  });

  it("refuses anything else with an error that names the field", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        assert.throws(() => fromWire(value), { code: "BAD_ENVELOPE" });
      }),
    );
    const good = [WIRE_VERSION, KIND.DATA, "s", 0, 1, 1, {}, null];
    const breaks: [number, string | number | object | null, RegExp][] = [
      [0, 2, /version must be 1, got 2/],
      [1, 6, /kind must be 1\.\.5, got 6/],
      [2, "", /sessionId must be a string of 1\.\.1024 characters, got ""/],
      [3, 256, /slot must be a whole number 0\.\.255, got 256/],
      [4, -1, /epoch .* got -1/],
      [5, Number.NaN, /seq .* got NaN/],
      [6, [], /meta must be a map, got an array of 0/],
    ];
    for (const [index, value, message] of breaks)
      assert.throws(() => fromWire(good.with(index, value)), { code: "BAD_ENVELOPE", message });
  });
});
