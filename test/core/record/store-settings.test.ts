import assert from "node:assert/strict";
import fc from "fast-check";
import { StitchError } from "../../../src/core/errors.ts";
import { readStoreSettings } from "../../../src/core/record/store-settings.ts";

describe("store settings", () => {
  it("have defaults for every field, also where a variable isn't set", () => {
    const defaults = { engine: "sqlite", path: "session-store.sqlite" };
    assert.deepEqual(readStoreSettings({}), defaults);
    // As Node-RED leaves it.
    assert.deepEqual(readStoreSettings({ path: ["$", "{STORE}"].join("") }), defaults);
  });

  for (const [fields, message] of [
    [{ path: "" }, 'path must name a file, got ""'],
    [{ path: "  " }, 'path must name a file, got "  "'],
    [{ path: "data/" }, 'path must name a file, not a folder, got "data/"'],
    [{ path: ":memory:" }, 'path must be a file\'s path, not a URI or :memory:, got ":memory:"'],
    [
      { path: "file:x?mode=memory" },
      'path must be a file\'s path, not a URI or :memory:, got "file:x?mode=memory"',
    ],
    [{ engine: "redis" }, 'engine must be "sqlite", got "redis"'],
  ] as const)
    it(`say that ${message}`, () => {
      assert.throws(() => readStoreSettings(fields), { code: "BAD_CONFIG", message });
    });

  it("throw nothing but StitchErrors", () => {
    fc.assert(
      fc.property(fc.record({ engine: fc.anything(), path: fc.anything() }), (fields) => {
        try {
          readStoreSettings(fields as never);
        } catch (error) {
          assert.ok(error instanceof StitchError, String(error));
        }
      }),
    );
  });
});
