import assert from "node:assert/strict";
import fc from "fast-check";
import { StitchError } from "../../../src/core/errors.ts";
import { sessionIdOf } from "../../../src/core/profile/session-id.ts";
import { keyHash, slotIndex, slotKeyOf } from "../../../src/core/profile/slot-index.ts";
import { MAX_SESSION_ID } from "../../../src/core/record/envelope.ts";

const refused = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof StitchError && error.code === code && message.test(error.message);

describe("sessionIdOf", () => {
  it("takes any text of 1 to 1,024 characters as it is", () => {
    for (const id of ["a/b", "+", "#", "$SYS", "\u0000", "😀", "__proto__", " ", "x".repeat(MAX_SESSION_ID)])
      assert.equal(sessionIdOf(id, "msg.topic"), id);
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 50 }), (id) => {
        assert.equal(sessionIdOf(id, "msg.topic"), id);
      }),
    );
  });

  it("turns finite numbers to their text", () => {
    assert.equal(sessionIdOf(42, "msg.id"), "42");
    assert.equal(sessionIdOf(0, "msg.id"), "0");
  });

  for (const [what, id, message] of [
    ["nothing", undefined, /\(msg\.topic\) must be a text of 1 to 1024 characters.*, got undefined/],
    ["an empty text", "", /got ""/],
    ["10,000 characters", "x".repeat(10_000), /\(10000 characters\)$/],
    ["NaN", Number.NaN, /got NaN/],
    ["infinity", Number.POSITIVE_INFINITY, /got Infinity/],
    ["null", null, /got null/],
    ["true", true, /got true/],
    ["an object", { toString: () => "id" }, /got an object/],
    ["an array", ["id"], /got an array of 1/],
    ["a symbol", Symbol("id"), /got Symbol\(id\)/],
  ] as const)
    it(`refuses ${what}, and says so`, () => {
      assert.throws(() => sessionIdOf(id, "msg.topic"), refused("BAD_SESSION_ID", message));
    });
});

describe("slotIndex", () => {
  it("is what the protocol says for ever: other gateways compute the same", () => {
    assert.deepEqual(
      ["", "a", "sensor-1", "sensor-2", "é", "😀", "__proto__"].map(keyHash),
      [2872998923, 2448022055, 244654558, 3466173968, 2705881783, 2916093958, 2439709825],
    );
  });

  it("is within the slots, and the same for the same key", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 256 }), (key, slots) => {
        const slot = slotIndex(key, slots);
        assert.ok(Number.isInteger(slot) && slot >= 0 && slot < slots);
        assert.equal(slotIndex(key, slots), slot);
      }),
    );
  });

  it("spreads numbered keys evenly", () => {
    for (const slots of [2, 3, 16, 256])
      for (const name of [
        (i: number) => `${i}`,
        (i: number) => `sensor-${i}/a`,
        (i: number) => `${i * 256}`,
      ]) {
        const counts = Array.from({ length: slots }, () => 0);
        const keys = 100 * slots;
        for (let i = 0; i < keys; i++) {
          const slot = slotIndex(name(i), slots);
          counts[slot] = (counts[slot] ?? 0) + 1;
        }
        const chi2 = counts.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
        // Mean of chi-square is slots - 1, its standard deviation sqrt(2 (slots - 1)).
        assert.ok(chi2 < slots - 1 + 5 * Math.sqrt(2 * (slots - 1)), `${slots} slots: ${chi2}`);
      }
  });
});

describe("slotKeyOf", () => {
  it("takes texts, numbers, true and false", () => {
    assert.deepEqual(
      ["a", "", 7, true].map((key) => slotKeyOf(key, "msg.key")),
      ["a", "", "7", "true"],
    );
  });

  it("refuses what is no key", () => {
    for (const key of [undefined, null, {}, Number.NaN, "x".repeat(1_025)])
      assert.throws(() => slotKeyOf(key, "msg.key"), refused("BAD_MESSAGE", /slot key \(msg\.key\) must be/));
  });
});
