import assert from "node:assert/strict";
import { Socket } from "node:net";
import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { cloneValue, copyOf } from "../../../src/adapters/context/plain-clone.ts";
import { decodeValue, encodeValue } from "../../../src/adapters/store/value-codec.ts";

const bytes = fc.uint8Array({ maxLength: 8 });
const leaf = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.double(),
  fc.constantFrom(Number.NaN, -0, Number.MAX_SAFE_INTEGER, Number.MIN_VALUE, 2 ** 64, -(2 ** 63)),
  fc.boolean(),
  fc.constant(null),
  fc.date({ noInvalidDate: false }),
  bytes,
  bytes.map((value) => Buffer.from(value)),
  bytes.map((value) => value.buffer),
  // What lies within a larger one: a copy has bytes of its own.
  bytes.map((value) => Buffer.concat([Buffer.from("before"), value]).subarray(6)),
  bytes.map((value) => new Uint8ClampedArray(value)),
  fc.int8Array({ maxLength: 4 }),
  fc.int16Array({ maxLength: 4 }),
  fc.uint16Array({ maxLength: 4 }),
  fc.int32Array({ maxLength: 4 }),
  fc.uint32Array({ maxLength: 4 }),
  fc.float32Array({ maxLength: 4 }),
  fc.float64Array({ maxLength: 4 }),
  fc.bigInt64Array({ maxLength: 4 }),
  fc.bigUint64Array({ maxLength: 4 }),
  fc.bigInt(),
);
/** Also what every object inherits. */
const name = fc
  .oneof(
    fc.string({ maxLength: 5 }),
    fc.constantFrom("constructor", "toString", "hasOwnProperty", "length", "0", "-1"),
  )
  .filter((text) => text !== "__proto__");
const { value: plain } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(name, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** Every object within a value, and the memory of typed arrays. */
function partsOf(value: unknown): object[] {
  if (value === null || typeof value !== "object") return [];
  if (ArrayBuffer.isView(value)) return value.byteLength > 0 ? [value, value.buffer] : [value];
  return [value, ...Object.values(value).flatMap(partsOf)];
}

function assertNothingShared(one: unknown, other: unknown): void {
  const parts = new Set(partsOf(one));
  // Small Buffers share a pool of Node.js, but no bytes of it.
  for (const part of partsOf(other))
    assert.ok(!parts.has(part) || (part instanceof ArrayBuffer && part.byteLength === Buffer.poolSize));
}

/** structuredClone makes a Uint8Array of a Buffer. */
const withoutBuffers = (value: unknown): unknown => {
  if (Buffer.isBuffer(value)) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(withoutBuffers);
  const isPlain =
    value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype;
  return isPlain
    ? Object.fromEntries(Object.entries(value).map(([each, part]) => [each, withoutBuffers(part)]))
    : value;
};

describe("copies of context values", () => {
  it("equal structured clones of what they were made of, but Buffers stay Buffers", () => {
    fc.assert(
      fc.property(plain, (value) => {
        const copy = copyOf(cloneValue(value, "v"));
        assert.deepStrictEqual(copy, value);
        assert.deepStrictEqual(withoutBuffers(copy), withoutBuffers(structuredClone(value)));
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  it("share nothing with it, whether it was set here or came from the store", () => {
    fc.assert(
      fc.property(plain, (value) => {
        const set = cloneValue(value, "v");
        assertNothingShared(value, set);
        for (const stored of [set, decodeValue(encodeValue(value, "v"), "v")]) {
          const copy = copyOf(stored);
          assert.deepStrictEqual(copy, stored);
          assertNothingShared(stored, copy);
        }
      }),
      { seed: 6, numRuns: 500 },
    );
  });

  it("are what comes back from the store, where only -0 becomes 0", () => {
    const text = (value: unknown): string =>
      inspect(value, { depth: Number.POSITIVE_INFINITY, breakLength: Number.POSITIVE_INFINITY }).replaceAll(
        "-0",
        "0",
      );
    fc.assert(
      fc.property(plain, (value) => {
        const set = cloneValue(value, "v");
        assert.equal(text(copyOf(decodeValue(encodeValue(set, "v"), "v"))), text(copyOf(set)));
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it("leave out what is undefined, and have null in an array's holes", () => {
    const holes: unknown[] = [];
    holes[1] = undefined;
    holes[2] = 3;
    assert.deepStrictEqual(copyOf(cloneValue({ a: undefined, b: holes }, "v")), { b: [null, null, 3] });
    // A nested set makes holes in what the replica holds.
    assert.deepStrictEqual(copyOf(holes), [null, null, 3]);
  });

  it("have no more properties than what they were made of, whatever objects inherit", () => {
    Object.defineProperty(Object.prototype, "polluted", {
      value: { a: 1 },
      enumerable: true,
      configurable: true,
    });
    try {
      const copy = copyOf(cloneValue({ b: { c: 1 } }, "v")) as object;
      assert.deepStrictEqual(Object.keys(copy), ["b"]);
    } finally {
      Reflect.deleteProperty(Object.prototype, "polluted");
    }
  });

  it("are made of objects and arrays of another realm, as function nodes have them", () => {
    const value: unknown = runInNewContext(
      "({ a: [1, { b: new Date(5) }], c: new Uint8Array([1, 2]), d: Object.create(null) })",
    );
    const copy = copyOf(cloneValue(value, "v"));
    assert.equal(Object.getPrototypeOf(copy), Object.prototype);
    const text = inspect(copy, { compact: true, breakLength: Number.POSITIVE_INFINITY });
    assert.equal(text, "{ a: [ 1, { b: 1970-01-01T00:00:00.005Z } ], c: Uint8Array(2) [ 1, 2 ], d: {} }");
  });

  it("refuse what can't be stored when it is set, with its place", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const refused: (readonly [unknown, RegExp])[] = [
      [() => 1, /v\.at\[1\] must be plain data, got a function/],
      [Symbol("s"), /v\.at\[1\] must be plain data, got a symbol/],
      [new Map([[1, 2]]), /got a Map/],
      [new Set(), /got a Set/],
      [/x/, /got a RegExp/],
      [new Error("x"), /got a Error/],
      [Promise.resolve(), /got a Promise/],
      [new DataView(new ArrayBuffer(1)), /got a DataView/],
      // Node.js 22 has none.
      ...("Float16Array" in globalThis ? [[new Float16Array(1), /got a Float16Array/] as const] : []),
      [new (class Pump {})(), /got a Pump/],
      [new Socket(), /got a Socket/],
      [JSON.parse('{"__proto__": 1}'), /a property named __proto__/],
      [cycle, /must not nest deeper than 100, or hold itself/],
    ];
    for (const [part, message] of refused)
      assert.throws(() => cloneValue({ at: [0, part] }, "v"), { code: "BAD_VALUE", message });
  });
});
