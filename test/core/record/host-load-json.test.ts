import assert from "node:assert/strict";
import fc from "fast-check";
import type { HostLoad } from "../../../src/core/record/host-load.ts";
import { hostLoadFromJson, hostLoadToJson } from "../../../src/core/record/host-load-json.ts";

const load: HostLoad = {
  host: "host-1",
  incarnation: "a",
  state: "up",
  atMs: 1,
  capacity: { messagesPerSec: 50 },
  pending: 0,
  loopDelayP99Ms: 0.5,
  cpu: 0.1,
  memoryBytes: 1e8,
  ownedSlots: 3,
};

describe("heartbeat", () => {
  it("survives its JSON, whatever a host measures", () => {
    const amount = fc.double({ min: 0, max: 1e15, noNaN: true });
    const loads = fc.record<HostLoad>(
      {
        host: fc.stringMatching(/^[\w.-]{1,64}$/),
        incarnation: fc.string({ minLength: 1, maxLength: 64 }),
        state: fc.constantFrom("up", "draining", "gone"),
        atMs: fc.nat(),
        capacity: fc.record({ messagesPerSec: amount, bytesPerSec: amount }, { requiredKeys: [] }),
        serviceRatePerSec: amount,
        pending: fc.nat(),
        loopDelayP99Ms: amount,
        cpu: amount,
        memoryBytes: fc.nat(),
        ownedSlots: fc.nat(),
        endpoint: fc.string({ minLength: 1, maxLength: 64 }),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(loads, (value) => {
        assert.deepEqual(hostLoadFromJson(hostLoadToJson(value)), JSON.parse(JSON.stringify(value)));
      }),
    );
    assert.deepEqual(hostLoadFromJson(hostLoadToJson(load)), load, "the optional fields may be absent");
  });

  it("leaves out what it does not know", () => {
    const read = hostLoadFromJson(JSON.stringify({ ...load, extra: 1, capacity: { other: 2 } }));
    assert.deepEqual(read, { ...load, capacity: {} });
  });

  it("is refused with an error that names the field", () => {
    const wrong: readonly [object, RegExp][] = [
      [{ host: "a/b" }, /host must be .*, got "a\/b"/],
      [{ incarnation: "" }, /incarnation must be a text of 1\.\.256 characters, got ""/],
      [{ state: "UP" }, /state must be "up", "draining" or "gone", got "UP"/],
      [{ capacity: [] }, /capacity must be an object, got an array of 0/],
      [{ capacity: { bytesPerSec: "1" } }, /bytesPerSec must be a number >= 0 bytes\/s, got "1"/],
      [{ pending: -1 }, /pending must be a number >= 0 messages, got -1/],
      [{ cpu: Number.NaN }, /cpu must be a number >= 0 cores, got null/],
      [{ endpoint: 1 }, /endpoint must be a text/],
    ];
    for (const [fields, message] of wrong) {
      const json = JSON.stringify({ ...load, ...fields });
      assert.throws(() => hostLoadFromJson(json), { code: "BAD_HEARTBEAT", message }, json);
    }
    assert.throws(() => hostLoadFromJson("{"), { code: "BAD_HEARTBEAT", message: /must be JSON/ });
    assert.throws(() => hostLoadFromJson(" ".repeat(16_385)), { message: /at most 16384 characters/ });
  });

  it("throws nothing else, whatever comes", () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ host: fc.anything(), state: fc.anything() }).map((x) => String(JSON.stringify(x))),
    );
    fc.assert(
      fc.property(texts, (json) => {
        assert.throws(() => hostLoadFromJson(json), { code: "BAD_HEARTBEAT" });
      }),
    );
  });
});
