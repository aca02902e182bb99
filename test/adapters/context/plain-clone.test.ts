import assert from "node:assert/strict";
import fc from "fast-check";
import { cloneValue, copyOf } from "../../../src/adapters/context/plain-clone.ts";
import { decodeValue, encodeValue } from "../../../src/adapters/store/value-codec.ts";

const leaf = fc.oneof(
  fc.string(),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.constant(null),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  fc.float64Array({ maxLength: 4, noNaN: true }),
  fc.bigInt(),
);
const name = fc.string({ maxLength: 5 }).filter((text) => text !== "__proto__");
const { value: plain } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(name, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** Every object within a value. */
function partsOf(value: unknown): object[] {
  if (value === null || typeof value !== "object") return [];
  return [value, ...(ArrayBuffer.isView(value) ? [] : Object.values(value).flatMap(partsOf))];
}

describe("copies of context values", () => {
  it("equal what they were made of, and share nothing with it", () => {
    fc.assert(
      fc.property(plain, (value) => {
        for (const stored of [cloneValue(value, "v"), decodeValue(encodeValue(value, "v"), "v")]) {
          const copy = copyOf(stored);
          assert.deepStrictEqual(copy, stored);
          const shared = new Set(partsOf(stored));
          assert.ok(partsOf(copy).every((part) => !shared.has(part)));
        }
      }),
      { seed: 5 },
    );
  });
});
