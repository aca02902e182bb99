import assert from "node:assert/strict";
import vm from "node:vm";
import fc from "fast-check";
import { plainCopy } from "../../../src/adapters/pool/plain-copy.ts";
import { StitchError } from "../../../src/core/errors.ts";

describe("plainCopy", () => {
  it("copies plain data deeply", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        fc.pre(!JSON.stringify(value).includes("__proto__"));
        const copied = plainCopy(value, "msg.state");
        assert.deepEqual(copied, value);
        assert.ok(copied === null || typeof copied !== "object" || copied !== value);
      }),
    );
  });

  it("keeps bytes as Buffers of their own, dates, and what is not finite", () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const copied = plainCopy({ bytes, at: new Date(5), n: Number.NaN, none: undefined }, "x");
    assert.deepEqual(copied, { bytes: Buffer.from([1, 2, 3]), at: new Date(5), n: Number.NaN });
    bytes[0] = 9;
    assert.equal((copied as { bytes: Buffer }).bytes[0], 1);
  });

  it("takes objects of another realm, as function nodes make them", () => {
    const made: unknown = vm.runInNewContext("({ list: [1, { a: 2 }], when: new Map() })");
    const { when, ...rest } = made as { when: unknown };
    assert.deepEqual(plainCopy({ ...rest }, "x"), { list: [1, { a: 2 }] });
    assert.throws(() => plainCopy({ when }, "x"), /x\.when must be plain data, got "a Map"/);
  });

  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  for (const [what, value, message] of [
    ["a function", { a: [0, () => 0] }, /msg\.state\.a\[1\] must be plain data, got "function"/],
    [
      "a class instance",
      { sock: new EventTarget() },
      /msg\.state\.sock must be plain data, got "a EventTarget"/,
    ],
    ["a bigint", 1n, /msg\.state must be plain data, got "bigint"/],
    ["a cycle", cycle, /must not nest deeper than 64/],
    [
      "a property that poisons",
      JSON.parse('{"__proto__":{"x":1}}'),
      /property of this name, got "__proto__"/,
    ],
    ["floats as an array type", new Float64Array(2), /must be bytes .*, got "Float64Array"/],
  ] as const)
    it(`refuses ${what} and names the place`, () => {
      assert.throws(
        () => plainCopy(value, "msg.state"),
        (error: unknown) =>
          error instanceof StitchError && error.code === "BAD_VALUE" && message.test(error.message),
      );
    });

  it("throws nothing but StitchErrors, whatever it is given", () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withMap: true,
          withDate: true,
          withTypedArray: true,
          withNullPrototype: true,
          withSparseArray: true,
        }),
        (value) => {
          try {
            plainCopy(value, "x");
          } catch (error) {
            assert.ok(error instanceof StitchError, String(error));
          }
        },
      ),
    );
  });
});
