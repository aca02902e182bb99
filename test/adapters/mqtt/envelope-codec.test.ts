import assert from "node:assert/strict";
import { decode, encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { decodeEnvelopes, encodeEnvelope } from "../../../src/adapters/mqtt/envelope-codec.ts";
import { endOfValue } from "../../../src/adapters/mqtt/wire-scan.ts";
import { type Envelope, KIND } from "../../../src/core/record/envelope.ts";

const base: Envelope = {
  kind: KIND.DATA,
  sessionId: "cam-7",
  slot: 0,
  epoch: 1,
  seq: 1,
  meta: { gateway: "gw" },
  payload: "hello",
};
const bytesOf = (envelope: Envelope): Buffer => Buffer.from(encodeEnvelope(envelope));

function read(payload: Buffer): { taken: Envelope[]; refused: Error[] } {
  const [taken, refused]: [Envelope[], Error[]] = [[], []];
  decodeEnvelopes(
    payload,
    (envelope) => taken.push(envelope),
    (error) => refused.push(error),
  );
  return { taken, refused };
}

/** Plain data as a flow has it. */
const plain = fc.anything({
  maxDepth: 4,
  key: fc.string().filter((key) => key !== "__proto__"),
  withDate: false,
  values: [
    fc.string(),
    fc.integer(),
    fc.double({ noNaN: true }).filter((x) => !Object.is(x, -0)),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.date(),
  ],
});
const envelopes = fc.record<Envelope>(
  {
    kind: fc.constantFrom(...Object.values(KIND)),
    sessionId: fc.string({ minLength: 1, maxLength: 64 }),
    slot: fc.nat(255),
    epoch: fc.maxSafeNat(),
    seq: fc.maxSafeNat(),
    meta: fc.record(
      { topic: fc.string(), low: fc.nat(), mirror: fc.boolean(), host: fc.string() },
      { requiredKeys: [], noNullPrototype: true },
    ),
    payload: plain,
  },
  { noNullPrototype: true },
);

describe("envelopes on the wire", () => {
  it("survive, alone and in a batch, in their order", () => {
    fc.assert(
      fc.property(fc.array(envelopes, { minLength: 1, maxLength: 5 }), (batch) => {
        const { taken, refused } = read(Buffer.concat(batch.map(bytesOf)));
        assert.deepEqual(refused, []);
        assert.deepEqual(taken, batch);
      }),
    );
  });

  it("are one MessagePack array of 8 each, for hosts that aren't Node-RED", () => {
    assert.deepEqual(decode(bytesOf(base)), [1, 1, "cam-7", 0, 1, 1, { gateway: "gw" }, "hello"]);
    const foreign = Buffer.from(encode([1, 4, "cam-7", 0, 1, 9, { host: "h" }, null]));
    assert.deepEqual(read(foreign).taken, [
      { ...base, kind: KIND.ACK, seq: 9, meta: { host: "h" }, payload: null },
    ]);
  });

  it("hand binary over as Buffers wherever it is", () => {
    const payload = { raw: Buffer.from([1, 2]), list: [new Uint8Array([3])] };
    const meta = { props: { image: Buffer.from([4]) } };
    const [taken = base] = read(bytesOf({ ...base, meta, payload })).taken;
    const { raw, list } = taken.payload as { raw: unknown; list: unknown[] };
    assert.ok([raw, list[0], taken.meta.props?.["image"]].every((value) => Buffer.isBuffer(value)));
  });

  it("keep an invalid Date invalid", () => {
    const [taken = base] = read(bytesOf({ ...base, payload: { at: new Date(Number.NaN) } })).taken;
    const { at } = taken.payload as { at: Date };
    assert.ok(at instanceof Date && Number.isNaN(at.getTime()));
  });

  it("leave undefined properties out", () => {
    assert.deepEqual(read(bytesOf({ ...base, payload: { a: undefined, b: 1 } })).taken[0]?.payload, { b: 1 });
  });

  it("can't be made of what is no data: the error says which message", () => {
    const endless: Record<string, unknown> = {};
    endless["self"] = endless;
    for (const payload of [1n, () => 1, Symbol("s"), endless])
      assert.throws(() => encodeEnvelope({ ...base, payload }), {
        code: "BAD_VALUE",
        message: /^message 1 of session "cam-7" can't be sent: /,
      });
    assert.equal(read(bytesOf(base)).taken.length, 1, "and the next can");
  });

  it("that are malformed cost only themselves", () => {
    const good = bytesOf(base);
    const wrong = Buffer.from(encode([1, 9, "s", 0, 1, 1, {}, null]));
    // { "__proto__": 1 } as payload.
    const evil = Buffer.concat([
      Buffer.from([0x98, 1, 1, 0xa1, 0x73, 0, 1, 1, 0x80, 0x81, 0xa9]),
      Buffer.from("__proto__"),
      Buffer.from([1]),
    ]);
    const { taken, refused } = read(Buffer.concat([good, wrong, evil, good]));
    assert.equal(taken.length, 2);
    assert.deepEqual(
      refused.map(({ message }) => message),
      ["envelope: kind must be 1..5, got 9", "envelope: The key __proto__ is not allowed"],
    );
  });

  it("end where the bytes are no MessagePack: what came before counts", () => {
    const good = bytesOf(base);
    for (const tail of [Buffer.from([0xc1]), good.subarray(0, -1), Buffer.from([0xdf, 255, 255, 255, 255])]) {
      const { taken, refused } = read(Buffer.concat([good, tail]));
      assert.equal(taken.length, 1);
      assert.equal(refused.length, 1);
      assert.match(String(refused[0]?.message), new RegExp(`no MessagePack from byte ${good.length} of`));
    }
    assert.match(String(read(Buffer.alloc(0)).refused[0]?.message), /it is empty/);
  });

  it("throw nothing, whatever bytes come", () => {
    const mutated = fc.tuple(envelopes, fc.nat(), fc.nat(255)).map(([envelope, at, byte]) => {
      const bytes = bytesOf(envelope);
      bytes[at % bytes.length] = byte;
      return bytes;
    });
    const any = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(any, mutated), (bytes) => {
        const { taken, refused } = read(bytes);
        assert.ok(taken.length + refused.length > 0);
        for (const error of refused) assert.equal((error as { code?: unknown }).code, "BAD_ENVELOPE");
      }),
      { numRuns: 1000 },
    );
  });

  it("that claim more than they hold allocate nothing", () => {
    // 60 nested arrays, each claiming 2^25 elements: 16 GB if it were believed.
    const claim = Buffer.from([0xdd, 2, 0, 0, 0]);
    const before = process.memoryUsage().rss;
    const { refused } = read(Buffer.concat(Array<Buffer>(60).fill(claim)));
    assert.equal(refused.length, 1);
    assert.ok(process.memoryUsage().rss - before < 64e6);
    assert.match(String(read(Buffer.alloc(100, 0x91)).refused[0]?.message), /nests deeper than 64/);
  });

  it("are told apart without being read", () => {
    fc.assert(
      fc.property(plain, (value) => {
        const bytes = Buffer.from(encode(value));
        assert.equal(endOfValue(Buffer.concat([bytes, bytes]), 0), bytes.length);
      }),
    );
  });
});
