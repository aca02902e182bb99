import assert from "node:assert/strict";
import * as fc from "fast-check";
import { NUMBER_BYTES, payloadOf, topicLevel, topicOf } from "../../src/demo/payload.ts";
import { seededRandom } from "../support/seeded-random.ts";

const atMs = 1_700_000_000_123;
const anyName = fc.oneof(
  fc.string({ unit: "binary", minLength: 1 }),
  fc.constantFrom("__proto__", "a/b", "+", "#", "$SYS", "\0", "😀", "\ud800"),
);

describe("topicOf", () => {
  it("keeps names of any characters to one level each", () => {
    fc.assert(
      fc.property(anyName, anyName, (device, channel) => {
        const topic = topicOf({ device, channel });
        assert.equal(topic.split("/").length, 3);
        assert.ok(!/[+#$\0]/u.test(topic), topic);
      }),
    );
  });

  it("keeps different names apart", () => {
    const wellFormed = fc.string({ unit: "grapheme", minLength: 1 });
    fc.assert(
      fc.property(wellFormed, wellFormed, (a, b) => {
        assert.equal(topicLevel(a) === topicLevel(b), a === b);
      }),
    );
  });

  it("leaves plain names as they are", () => {
    assert.equal(topicOf({ device: "cam-1", channel: "view-3" }), "devices/cam-1/view-3");
    assert.equal(topicOf({ device: "iot", channel: "iot/telemetry" }), "devices/iot/iot%2Ftelemetry");
  });
});

describe("payloadOf", () => {
  const number = fc.integer({ min: 1, max: 0xffff_ffff });
  const size = fc.integer({ min: 0, max: 3_000 });

  it("is JSON of the wanted size, or of the smallest that holds its number", () => {
    fc.assert(
      fc.property(number, size, fc.constantFrom("json", "senml-json"), (n, bytes, kind) => {
        const payload = payloadOf({ kind, bytes }, n, atMs, seededRandom(1));
        assert.equal(typeof payload, "string");
        assert.equal((JSON.parse(String(payload)) as { n: number }).n, n);
        assert.equal(payload.length, Math.max(bytes, `{"n":${n}}`.length));
      }),
    );
  });

  it("dates JSON that has room for it", () => {
    assert.deepEqual(JSON.parse(String(payloadOf({ kind: "json", bytes: 60 }, 7, atMs, seededRandom(1)))), {
      n: 7,
      at: atMs,
      pad: "x".repeat(25),
    });
  });

  it("is binary that begins with the number, of the wanted size from 4 bytes on", () => {
    fc.assert(
      fc.property(number, size, fc.constantFrom("binary", "packet-up", "flow"), (n, bytes, kind) => {
        const payload = payloadOf({ kind, bytes }, n, atMs, seededRandom(1));
        assert.ok(Buffer.isBuffer(payload));
        assert.equal(payload.readUInt32BE(0), n);
        assert.equal(payload.length, Math.max(bytes, NUMBER_BYTES));
      }),
    );
  });

  it("is the same for the same seed", () => {
    const binary = { kind: "binary", bytes: 40 };
    assert.deepEqual(
      payloadOf(binary, 1, atMs, seededRandom(3)),
      payloadOf(binary, 1, atMs, seededRandom(3)),
    );
    assert.notDeepEqual(
      payloadOf(binary, 1, atMs, seededRandom(3)),
      payloadOf(binary, 1, atMs, seededRandom(4)),
    );
  });
});
