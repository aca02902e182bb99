import assert from "node:assert/strict";
import fc from "fast-check";
import { StitchError } from "../../../src/core/errors.ts";
import { readHostSettings, readOutboxBytes } from "../../../src/core/stitch/host-settings.ts";

describe("host settings", () => {
  it("have defaults for every field", () => {
    assert.deepEqual(readHostSettings({}), {
      host: "host-1",
      ack: "commit",
      commitTimeoutMs: 10_000,
      capacity: {},
    });
    assert.equal(readOutboxBytes(), 1_048_576);
  });

  it("take a variable that isn't set for none", () => {
    // As Node-RED leaves them.
    const unset = (name: string): string => ["$", "{", name, "}"].join("");
    const fields = { host: unset("HOST"), messagesPerSec: unset("CAPACITY"), bytesPerSec: "" };
    assert.deepEqual(readHostSettings(fields).capacity, {});
    assert.equal(readHostSettings(fields).host, "host-1");
  });

  it("say which field is wrong and what it holds", () => {
    const wrong = [
      [{ host: "a/b" }, 'host must be 1 to 64 letters, digits, . _ or -, got "a/b"'],
      [{ messagesPerSec: "-1" }, 'messages per second must be a number > 0, or empty, got "-1"'],
      [{ bytesPerSec: "Infinity" }, 'bytes per second must be a number > 0, or empty, got "Infinity"'],
      [{ commitTimeoutMs: "soon" }, 'commit time-out must be 100 to 3600000 ms, got "soon"'],
    ] as const;
    for (const [fields, message] of wrong) assert.throws(() => readHostSettings(fields), { message });
    assert.throws(() => readOutboxBytes("12"), /outbox must be a number of bytes >= 1024, got "12"/);
  });

  it("throw nothing but StitchErrors", () => {
    fc.assert(
      fc.property(
        fc.record({ host: fc.anything(), messagesPerSec: fc.anything(), commitTimeoutMs: fc.anything() }),
        (fields) => {
          try {
            readHostSettings(fields as never);
          } catch (error) {
            assert.ok(error instanceof StitchError, String(error));
          }
        },
      ),
    );
  });
});
