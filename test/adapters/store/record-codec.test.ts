import assert from "node:assert/strict";
import vm from "node:vm";
import fc from "fast-check";
import {
  decodeEntry,
  decodeRecord,
  encodeRecord,
  epochOfRecord,
} from "../../../src/adapters/store/record-codec.ts";
import { recordKey, slotOfKey } from "../../../src/adapters/store/record-key.ts";
import { decodeValue, encodeValue } from "../../../src/adapters/store/value-codec.ts";
import { StitchError } from "../../../src/core/errors.ts";
import type { SlotRecord } from "../../../src/core/record/slot-record.ts";

const ID = { sessionId: "cam-7", slot: 0 };
const EMPTY: SlotRecord = { epoch: 1, owner: "host-1", seq: 0, state: undefined, outbox: [], writeId: "w.1" };

const leaf = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.double().map((n) => (Object.is(n, -0) ? 0 : n)),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt(),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.uint8Array(),
  fc.int16Array(),
  fc.float64Array(),
  fc.bigUint64Array(),
);
const name = fc.string({ unit: "grapheme" }).filter((key) => key !== "__proto__");
const { value: plain } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(name, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const count = fc.nat(Number.MAX_SAFE_INTEGER);
const message = fc.dictionary(name, plain, { maxKeys: 4, noNullPrototype: true });
const entry = fc.record({ seq: count, index: fc.nat(100), message }, { noNullPrototype: true });
const anyRecord: fc.Arbitrary<SlotRecord> = fc.record(
  {
    epoch: count,
    owner: fc.string(),
    seq: count,
    state: fc.oneof(fc.constant(undefined), plain),
    outbox: fc.array(entry, { maxLength: 4 }),
    writeId: fc.string(),
  },
  { noNullPrototype: true },
);
const anySession = fc.oneof(
  fc.string({ minLength: 1, maxLength: 1024, unit: "binary" }),
  fc.string({ minLength: 1, maxLength: 40, unit: "binary-ascii" }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 1024, size: "max" })
    .map((units) => String.fromCharCode(...units)),
);

const isBadRecord =
  (text: RegExp) =>
  (error: unknown): boolean =>
    error instanceof StitchError && error.code === "BAD_RECORD" && text.test(error.message);

describe("record codec", () => {
  it("gives back any record as it was", () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        assert.deepEqual(decodeRecord(encodeRecord(ID, record)), record);
      }),
    );
  });

  it("gives back any session id, from the key or from the record", () => {
    fc.assert(
      fc.property(anySession, fc.nat(255), (sessionId, slot) => {
        const id = { sessionId, slot };
        const { key } = recordKey(id);
        assert.ok(Buffer.byteLength(key) <= 2048);
        assert.doesNotMatch(key, /\p{Surrogate}/u);
        assert.deepEqual(decodeEntry(key, encodeRecord(id, EMPTY)).id, id);
      }),
    );
  });

  it("tells a record's epoch without reading the rest", () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        assert.equal(epochOfRecord(encodeRecord(ID, record)), record.epoch);
      }),
    );
    assert.equal(epochOfRecord(Buffer.from("rubbish")), 0);
  });

  it("tells no state from a state of null", () => {
    for (const state of [undefined, null])
      assert.equal(decodeRecord(encodeRecord(ID, { ...EMPTY, state })).state, state);
  });

  it("keeps what function nodes make: their realm's dates, arrays and objects", () => {
    const state: unknown = vm.runInNewContext("({ at: new Date(5), list: [new Float32Array([1.5])] })");
    const back = decodeRecord(encodeRecord(ID, { ...EMPTY, state })).state;
    assert.deepEqual(back, { at: new Date(5), list: [new Float32Array([1.5])] });
  });

  it("hands out bytes of their own", () => {
    const bytes = encodeRecord(ID, { ...EMPTY, state: Buffer.from([1, 2]) });
    const first = decodeRecord(bytes).state as Buffer;
    first[0] = 9;
    assert.deepEqual(decodeRecord(bytes).state, Buffer.from([1, 2]));
  });

  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  for (const [what, value, message] of [
    ["a function", { a: [0, () => 0] }, /^state\.a\[1\] must be plain data, got a function$/],
    ["a Map", { when: new Map() }, /^state\.when must be plain data, got a Map$/],
    ["a class instance", [new EventTarget()], /^state\[0\] must be plain data, got a EventTarget$/],
    ["a DataView", new DataView(new ArrayBuffer(1)), /^state must be plain data, got a DataView$/],
    ["a symbol", Symbol("x"), /^state must be plain data, got a symbol$/],
    ["a cycle", cycle, /must not nest deeper than 100, or hold itself$/],
    ["a property that poisons", JSON.parse('{"__proto__":{"x":1}}'), /got a property named __proto__$/],
  ] as const)
    it(`refuses ${what} and names the place`, () => {
      assert.throws(
        () => encodeValue(value, "state"),
        (error: unknown) =>
          error instanceof StitchError && error.code === "BAD_VALUE" && message.test(error.message),
      );
    });

  const wire = (changes: Readonly<Record<number, unknown>>): Uint8Array => {
    const fields: unknown[] = [1, 1, "host-1", 0, [], [], "w.1", null];
    for (const [at, value] of Object.entries(changes)) fields[Number(at)] = value;
    return encodeValue(fields, "fields");
  };

  for (const [bytes, message] of [
    [wire({ 0: 2 }), /version must be 1, got 2/],
    [wire({ 1: -1 }), /epoch must be a whole number >= 0, got -1/],
    [wire({ 1: 1.5 }), /epoch must be/],
    [wire({ 2: 7 }), /owner must be a string, got 7/],
    [wire({ 3: "many" }), /seq must be .*, got "many"/],
    [wire({ 4: "x" }), /state must be an array/],
    [wire({ 5: [[1, 0, "text"]] }), /outbox\[0\]\.message must be a map, got "text"/],
    [wire({ 5: [[1, -1, {}]] }), /outbox\[0\]\.index must be/],
    [wire({ 5: [3] }), /outbox\[0\] must be an array, got 3/],
    [wire({ 6: null }), /writeId must be a string, got null/],
    [wire({ 8: "more" }), /begun must be an array, got "more"/],
    [wire({ 8: [[1, 0], [2]] }), /begun\[1\]\.seq must be/],
    [wire({ 8: [], 9: "more" }), /must have 8 or 9 fields/],
    [encodeValue({ epoch: 1 }, "x"), /must be an array, got an object/],
    [new Uint8Array(0), /is not MessagePack/],
    // An array of 4,294,967,295, in 5 bytes.
    [Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff), /is not MessagePack/],
    [Uint8Array.of(0xc7, 0, 99), /unknown extension type 99/],
  ] as const)
    it(`says what is wrong: ${message.source}`, () => {
      assert.throws(() => decodeRecord(bytes), isBadRecord(message));
    });

  it("refuses a record under a key that isn't its own", () => {
    const long = { sessionId: "é".repeat(1024), slot: 1 };
    const other = { ...long, sessionId: "é".repeat(1023) };
    assert.throws(
      () => decodeEntry(recordKey(other).key, encodeRecord(long, EMPTY)),
      isBadRecord(/session id must be that of the key/),
    );
    assert.throws(() => decodeEntry("slot/a/999", encodeRecord(ID, EMPTY)), isBadRecord(/session id/));
    assert.equal(slotOfKey("context/a/1"), undefined);
  });

  it("throws nothing but StitchErrors, whatever is stored", () => {
    const damaged = fc
      .tuple(anyRecord, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }), fc.nat())
      .map(([record, changes, length]) => {
        const bytes = encodeRecord(ID, record);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        return bytes.subarray(0, length % (bytes.length + 1));
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), damaged), (bytes) => {
        for (const read of [() => decodeRecord(bytes), () => decodeValue(bytes, "x")])
          try {
            read();
          } catch (error) {
            assert.ok(error instanceof StitchError, String(error));
          }
      }),
    );
  });
});
