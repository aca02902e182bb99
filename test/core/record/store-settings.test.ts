import assert from "node:assert/strict";
import fc from "fast-check";
import { StitchError } from "../../../src/core/errors.ts";
import { readStoreSettings } from "../../../src/core/record/store-settings.ts";

/** What a flow file may hold instead of a store's settings. */
const untrusted = fc.record(
  {
    engine: fc.oneof(fc.constantFrom("sqlite", "mqtt", "nats"), fc.anything()),
    path: fc.anything(),
    broker: fc.anything(),
    topic: fc.anything(),
    servers: fc.anything(),
    bucket: fc.anything(),
    replicas: fc.anything(),
    keyVariable: fc.anything(),
  },
  { requiredKeys: [] },
);

describe("store settings", () => {
  it("have defaults for every field, also where a variable isn't set", () => {
    const defaults = { engine: "sqlite", path: "session-store.sqlite" };
    assert.deepEqual(readStoreSettings({}), defaults);
    // As Node-RED leaves it.
    assert.deepEqual(readStoreSettings({ path: ["$", "{STORE}"].join("") }), defaults);
  });

  it("of a mirror are read with its engine only", () => {
    assert.deepEqual(readStoreSettings({ engine: "mqtt" }).mirror, {
      broker: "mqtt://127.0.0.1:1883",
      topic: "stitch/store",
    });
    const fields = { broker: "wss://broker.example/mqtt", topic: "plant/store" };
    assert.deepEqual(readStoreSettings({ engine: "mqtt", ...fields }).mirror, fields);
    assert.equal(readStoreSettings({ engine: "sqlite", broker: "nonsense" }).mirror, undefined);
  });

  it("of a cluster are read with its engine only", () => {
    assert.deepEqual(readStoreSettings({ engine: "nats" }).cluster, {
      servers: ["nats://127.0.0.1:4222"],
      bucket: "stitch",
      replicas: 1,
    });
    const fields = { servers: "nats://a:4222, tls://b:4222", bucket: "plant-1", replicas: "3" };
    assert.deepEqual(readStoreSettings({ engine: "nats", ...fields }).cluster, {
      servers: ["nats://a:4222", "tls://b:4222"],
      bucket: "plant-1",
      replicas: 3,
    });
    assert.equal(readStoreSettings({ replicas: "2" }).cluster, undefined);
  });

  it("keep passwords out of the flow file", () => {
    assert.throws(
      () => readStoreSettings({ engine: "mqtt", broker: "mqtt://me:secret@host" }),
      /broker must be like/,
    );
  });

  for (const [fields, message] of [
    [
      { engine: "mqtt", broker: "host:1883" },
      'broker must be like mqtt://host:1883 (mqtts, ws or wss), got "host:1883"',
    ],
    [
      { engine: "mqtt", topic: "a/#" },
      'topic must be 1 to 200 characters without + # and a slash at either end, got "a/#"',
    ],
    [
      { engine: "nats", servers: "nats://me:secret@host" },
      'servers must be like nats://host:4222, separated by commas, got "nats://me:secret@host"',
    ],
    [{ engine: "nats", bucket: "a.b" }, 'bucket must be 1 to 64 letters, digits, _ or -, got "a.b"'],
    [{ engine: "nats", replicas: "2" }, 'replicas must be 1, 3 or 5, got "2"'],
    [
      { engine: "nats", credsFile: "creds/" },
      'credentials file must be a file\'s path, or blank, got "creds/"',
    ],
    [{ path: "" }, 'path must name a file, got ""'],
    [{ path: "  " }, 'path must name a file, got "  "'],
    [{ path: "data/" }, 'path must name a file, not a folder, got "data/"'],
    [{ path: ":memory:" }, 'path must be a file\'s path, not a URI or :memory:, got ":memory:"'],
    [
      { path: "file:x?mode=memory" },
      'path must be a file\'s path, not a URI or :memory:, got "file:x?mode=memory"',
    ],
    [{ engine: "redis" }, 'engine must be "sqlite", "mqtt" or "nats", got "redis"'],
  ] as const)
    it(`say that ${message}`, () => {
      assert.throws(() => readStoreSettings(fields), { code: "BAD_CONFIG", message });
    });

  it("throw nothing but StitchErrors", () => {
    fc.assert(
      fc.property(untrusted, (fields) => {
        try {
          readStoreSettings(fields as never);
        } catch (error) {
          assert.ok(error instanceof StitchError, String(error));
        }
      }),
      // An object that can't be made a number.
      { examples: [[{ engine: "nats", replicas: { toString: {} } }]] },
    );
  });
});
