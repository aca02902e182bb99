import assert from "node:assert/strict";
import fc from "fast-check";
import { StitchError } from "../../../src/core/errors.ts";
import { outputsOf, type RouteFields, readRouteSettings } from "../../../src/core/route/route-settings.ts";

describe("readRouteSettings", () => {
  it("takes a freshly dropped node's fields", () => {
    const settings = readRouteSettings({});
    assert.deepEqual(settings, {
      delivery: "wire",
      balance: "auto",
      buffer: "memory",
      hosts: ["host-1", "host-2", "host-3"],
      bufferBytes: 16_777_216,
    });
    assert.equal(outputsOf(settings), 4);
  });

  it("has one output by MQTT, whatever hosts the dialog kept", () => {
    assert.equal(outputsOf(readRouteSettings({ delivery: "mqtt", hosts: ["a", "b"] })), 1);
  });

  for (const [fields, message] of [
    [{ delivery: "mail" }, /delivery must be "wire" or "mqtt", got "mail"/],
    [{ buffer: "tape" }, /buffer must be "memory" or "disk", got "tape"/],
    [{ balance: "fair" }, /balance must be .*, got "fair"/],
    [{ hosts: [] }, /hosts must be a list of one name or more, got an array of 0/],
    [{ hosts: ["a/b"] }, /host must be 1 to 64 letters, digits, . _ or -, got "a\/b"/],
    [{ hosts: ["a", "b", "a"] }, /each output must have a host of its own, got "a"/],
    [{ hosts: Array.from({ length: 65 }, (_, i) => `h${i}`) }, /hosts must be at most 64/],
    [{ bufferBytes: "many" }, /buffer must be 65536 to 17179869184 bytes, got "many"/],
    [{ bufferBytes: "" }, /buffer must be/],
  ] as const)
    it(`says what is wrong with ${JSON.stringify(fields).slice(0, 40)}`, () => {
      assert.throws(() => readRouteSettings(fields), message);
    });

  it("throws nothing but BAD_CONFIG, whatever a flow file holds", () => {
    const fields = fc.record({
      delivery: fc.anything(),
      buffer: fc.anything(),
      hosts: fc.anything(),
      bufferBytes: fc.anything(),
    });
    fc.assert(
      fc.property(fields, (broken) => {
        try {
          readRouteSettings(broken as Partial<RouteFields>);
        } catch (error) {
          assert.ok(error instanceof StitchError && error.code === "BAD_CONFIG", String(error));
        }
      }),
    );
  });
});
