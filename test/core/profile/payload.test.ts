import assert from "node:assert/strict";
import fc from "fast-check";
import { quote } from "../../../src/core/errors.ts";
import { DATA_KINDS, payloadKind } from "../../../src/core/profile/payload-kind.ts";
import { payloadMark } from "../../../src/core/profile/payload-mark.ts";
import { payloadBytes } from "../../../src/core/profile/payload-size.ts";

const bytes = (...values: number[]): Buffer => Buffer.from(values);
const MEGABYTES_10 = 10 * 1024 * 1024;

describe("payloadKind", () => {
  const kinds: Record<string, readonly unknown[]> = {
    json: [
      {},
      [],
      [1, 2],
      true,
      { a: 1 },
      '{"a":1}',
      " [1, 2]\r\n",
      "{}",
      "[]",
      "[true]",
      '[{"n":"t","v":1}]',
      Buffer.from('{"t":20.5}\n'),
      new Date(0),
      Object.create(null),
    ],
    number: [
      0,
      -1.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      10n,
      "21.5",
      " -3e8 ",
      "+.5",
      Buffer.from("0"),
      "7.",
    ],
    text: [
      "",
      null,
      undefined,
      "on",
      "[INFO] ready",
      "[1] done",
      "{unbalanced",
      "1.2.3",
      "12 kWh",
      "e5",
      "-",
      "grüße",
      "😀",
      Buffer.from("état: ok"),
      "{name}",
    ],
    binary: [
      bytes(),
      bytes(0, 1, 2),
      bytes(7, 7),
      bytes(0xff, 0xd8),
      Buffer.alloc(64, 7),
      new Float64Array(2),
      new ArrayBuffer(4),
      new DataView(new ArrayBuffer(4)),
      "\u0000\u0001",
      Buffer.from([0x80, 1]).toString("utf8"),
    ],
    image: [
      bytes(0xff, 0xd8, 0xff, 0xe0, 0),
      bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
      Buffer.from("GIF89a……"),
      Buffer.from("RIFF\0\0\0\0WEBPVP8 "),
      Buffer.from("II*\0"),
      Buffer.from("\0\0\0\x1cftypavif"),
      Buffer.from("<svg xmlns"),
      "data:image/png;base64,AAAA",
      "iVBORw0KGgoAAAANSUhEUg",
      "/9j/4AAQSkZJRg",
    ],
  };
  for (const kind of DATA_KINDS)
    it(`recognises ${kind} by its content`, () => {
      for (const payload of kinds[kind] ?? []) assert.equal(payloadKind(payload), kind, quote(payload));
    });

  it("takes BM for a bitmap only with its own length in the header", () => {
    const bitmap = Buffer.alloc(70);
    bitmap.write("BM");
    bitmap.writeUInt32LE(70, 2);
    assert.equal(payloadKind(bitmap), "image");
    assert.equal(payloadKind(Buffer.from("BM-meter ready: waiting for telegrams")), "text");
  });

  it("tells every JSON object and array, as text, as bytes and as itself", () => {
    fc.assert(
      fc.property(fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue())), (value) => {
        const text = JSON.stringify(value);
        for (const payload of [value, text, Buffer.from(text), JSON.stringify(value, undefined, 2)])
          assert.equal(payloadKind(payload), "json");
      }),
    );
  });

  it("tells every number's text", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        assert.equal(payloadKind(String(value)), "number");
        assert.equal(payloadKind(Buffer.from(String(value))), "number");
      }),
    );
  });

  it("always has an answer", () => {
    fc.assert(
      fc.property(fc.anything({ withTypedArray: true }), (value) => DATA_KINDS.includes(payloadKind(value))),
    );
    fc.assert(fc.property(fc.uint8Array(), (value) => DATA_KINDS.includes(payloadKind(value))));
  });
});

/** An array that counts how often it is looked at. */
function counted(length: number): { readonly payload: unknown; readonly reads: () => number } {
  let reads = 0;
  const payload: unknown = new Proxy(
    Array.from({ length }, () => 1),
    {
      get(target, name): unknown {
        reads++;
        return Reflect.get(target, name);
      },
    },
  );
  return { payload, reads: () => reads };
}

describe("payloadBytes", () => {
  it("is a Buffer's length, a text's UTF-8, and nothing for no payload", () => {
    assert.equal(payloadBytes(Buffer.alloc(MEGABYTES_10)), MEGABYTES_10);
    assert.equal(payloadBytes(new Float64Array(3)), 24);
    assert.equal(payloadBytes(new ArrayBuffer(5)), 5);
    assert.deepEqual([payloadBytes(null), payloadBytes(undefined), payloadBytes("")], [0, 0, 0]);
  });

  it("is exact for texts of up to 1,024 characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
        assert.equal(payloadBytes(text), Buffer.byteLength(text));
      }),
    );
  });

  it("is near for a text of 10 MB", () => {
    const text = "température: 21 °C, ".repeat(500_000);
    const actual = Buffer.byteLength(text);
    assert.ok(Math.abs(payloadBytes(text) - actual) < 0.01 * actual);
  });

  it("is near the length of a message's JSON", () => {
    const reading = fc.record({
      name: fc.string({ unit: "grapheme-ascii", maxLength: 20 }).filter((text) => !/["\\]/.test(text)),
      value: fc.integer({ min: -1e6, max: 1e6 }).map((value) => value / 100),
      ok: fc.boolean(),
      list: fc.array(fc.integer({ min: -999, max: 99_999 }), { maxLength: 20 }),
      none: fc.constant(null),
    });
    fc.assert(
      fc.property(reading, (value) => {
        const actual = Buffer.byteLength(JSON.stringify(value));
        assert.ok(Math.abs(payloadBytes(value) - actual) <= 2, `${payloadBytes(value)} for ${actual}`);
      }),
    );
  });

  it("looks at a bounded part of a large array, and extrapolates", () => {
    const { payload, reads } = counted(1_000_000);
    const size = payloadBytes(payload);
    assert.ok(reads() < 5_000, `${reads()} reads`);
    assert.ok(Math.abs(size - 2_000_001) < 20_000, String(size));
  });

  it("ends on cycles and on endless nesting", () => {
    const cycle: Record<string, unknown> = { name: "a" };
    cycle["self"] = cycle;
    assert.ok(payloadBytes(cycle) > 0);
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    assert.ok(payloadBytes(deep) > 0);
  });

  it("is a whole number >= 0 whatever comes", () => {
    fc.assert(
      fc.property(fc.anything({ withTypedArray: true, withDate: true, withMap: true }), (value) => {
        const size = payloadBytes(value);
        assert.ok(Number.isInteger(size) && size >= 0, String(size));
      }),
    );
  });
});

describe("payloadMark", () => {
  const mark = (payload: unknown): number => payloadMark(payload, payloadBytes(payload));

  it("is the same for the same small payload, and not for another", () => {
    for (const [a, b] of [
      ["PING", "PONG"],
      [Buffer.from([1, 2]), Buffer.from([2, 1])],
      [true, false],
      [{ state: "online" }, { state: "offline" }],
      [{ open: true }, { open: false }],
      ["", "alive"],
    ]) {
      assert.notEqual(mark(a), 0);
      assert.equal(mark(a), mark(structuredClone(a)));
      assert.notEqual(mark(a), mark(b));
    }
  });

  it("is 0 for what is measured, and for what is large", () => {
    for (const payload of [
      20.5,
      "20.5",
      '{"t":20}',
      { t: 20 },
      [1],
      "t = 20",
      "x".repeat(33),
      Buffer.alloc(40),
    ])
      assert.equal(mark(payload), 0, quote(payload));
  });

  it("takes a device's number for a name", () => assert.notEqual(mark("dev7 alive"), 0));
});
