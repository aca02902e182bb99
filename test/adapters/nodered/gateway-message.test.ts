import assert from "node:assert/strict";
import fc from "fast-check";
import { sessionFactsOf } from "../../../src/adapters/nodered/gateway-message.ts";
import { StitchError } from "../../../src/core/errors.ts";

const facts = { id: "d", bytes: 3, kind: "json", pattern: "periodic", slot: 2, slots: 4 };
const derived = { id: "topic", bytes: 2, kind: "text", pattern: "unknown", slot: 0, slots: 1 };

describe("sessionFactsOf", () => {
  it("takes what the profile node set, the very same object", () => {
    assert.equal(sessionFactsOf({ topic: "topic", session: facts }), facts);
  });

  it("derives them from topic and payload without a profile node", () => {
    assert.deepEqual(sessionFactsOf({ topic: "topic", payload: "on" }), derived);
  });

  for (const [what, session] of [
    ["a host's session", { id: "d", slot: 0, epoch: 1, seq: 7 }],
    ["no id", { ...facts, id: "" }],
    ["an id too long", { ...facts, id: "x".repeat(2_000) }],
    ["negative bytes", { ...facts, bytes: -1 }],
    ["bytes that are no number", { ...facts, bytes: Number.NaN }],
    ["an unknown kind", { ...facts, kind: "video" }],
    ["a slot beyond the slots", { ...facts, slot: 4 }],
    ["a slot that is no whole number", { ...facts, slot: 0.5 }],
    ["too many slots", { ...facts, slots: 257 }],
    ["a text", "d"],
    ["null", null],
  ] as const)
    it(`doesn't take ${what} for facts`, () => {
      assert.deepEqual(sessionFactsOf({ topic: "topic", payload: "on", session }), derived);
    });

  it("throws nothing but BAD_SESSION_ID, whatever comes", () => {
    const message = fc.record({
      topic: fc.anything(),
      payload: fc.anything({ withTypedArray: true }),
      session: fc.oneof(
        fc.anything(),
        fc.record({ id: fc.string(), slot: fc.anything(), slots: fc.anything() }),
      ),
    });
    fc.assert(
      fc.property(message, (msg) => {
        try {
          const { id, bytes, slot, slots } = sessionFactsOf(msg);
          assert.ok(id.length > 0 && bytes >= 0 && slot >= 0 && slot < slots);
        } catch (error) {
          assert.ok(error instanceof StitchError && error.code === "BAD_SESSION_ID", String(error));
        }
      }),
    );
  });
});
