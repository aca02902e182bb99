import assert from "node:assert/strict";
import { resolve } from "node:path";
import { type ContextConfig, readContextSettings } from "../../../src/adapters/context/context-settings.ts";

describe("context store settings", () => {
  it("need nothing: the file of the session-store node, in the user folder", () => {
    const { instance, ...rest } = readContextSettings({ settings: { userDir: "/data" } });
    assert.deepEqual(rest, { path: resolve("/data/session-store.sqlite"), ack: "durable", sessions: false });
    assert.match(instance, /^[0-9a-f]{12}$/);
  });

  it("tell Node-REDs of different user folders apart, and know each again", () => {
    const of = (userDir: string): string => readContextSettings({ settings: { userDir } }).instance;
    assert.equal(of("/a"), of("/a"));
    assert.notEqual(of("/a"), of("/b"));
    assert.equal(readContextSettings({ instance: "left" }).instance, "left");
  });

  for (const [config, message] of [
    [{ ack: "quorum" }, 'contextStorage: ack must be "disk" or "local", got "quorum"'],
    [{ instance: "a b" }, 'contextStorage: instance must be 1 to 64 letters, digits, . _ or -, got "a b"'],
    [{ sessions: 1 }, "contextStorage: sessions must be true or false, got 1"],
    [{ dir: "" }, 'contextStorage: dir must name a folder, got ""'],
    [{ path: "" }, 'path must name a file, got ""'],
  ] as const)
    it(`say that ${message}`, () => {
      assert.throws(() => readContextSettings(config as ContextConfig), { code: "BAD_CONFIG", message });
    });
});
