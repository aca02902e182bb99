import assert from "node:assert/strict";
import { type ContextConfig, readContextSettings } from "../../../src/adapters/context/context-settings.ts";

describe("context store settings", () => {
  it("need nothing: the file of the session-store node, in the user folder", () => {
    const { instance, place, ...rest } = readContextSettings({ settings: { userDir: "/data" } });
    const store = { engine: "sqlite", path: "session-store.sqlite" };
    assert.deepEqual(rest, {
      store,
      ack: "durable",
      sessions: false,
      cache: true,
      maxPendingBytes: 67_108_864,
      filesFolder: undefined,
      isTemporary: false,
    });
    assert.equal(place.folder, "/data");
    assert.match(instance, /^[0-9a-f]{12}$/);
  });

  it("name a cluster with its login", () => {
    const config = {
      engine: "nats",
      servers: "nats://a:4222",
      replicas: 3,
      user: "me",
      password: "x",
    } as const;
    const { store, place, ack } = readContextSettings({ ...config, ack: "quorum" });
    assert.deepEqual(store.cluster, { servers: ["nats://a:4222"], bucket: "stitch", replicas: 3 });
    assert.deepEqual([place.user, place.password, ack], ["me", "x", "durable"]);
  });

  it("tell Node-REDs of different user folders apart, and know each again", () => {
    const of = (userDir: string): string => readContextSettings({ settings: { userDir } }).instance;
    assert.equal(of("/a"), of("/a"));
    assert.notEqual(of("/a"), of("/b"));
    assert.equal(readContextSettings({ instance: "left" }).instance, "left");
  });

  it("know localfilesystem's dir and base, whose values are taken over", () => {
    const { place, filesFolder } = readContextSettings({ dir: "/data" });
    assert.deepEqual([place.folder, filesFolder], ["/data", "/data/context"]);
    const named = readContextSettings({ base: "mine", settings: { userDir: "/data" } });
    assert.deepEqual([named.place.folder, named.filesFolder], ["/data/mine", "/data/mine"]);
  });

  it("keep a store that is given no place, as by a test, in a temporary folder", () => {
    assert.equal(readContextSettings().isTemporary, true);
    for (const config of [{ dir: "." }, { path: "a.sqlite" }, { settings: {} }])
      assert.equal(readContextSettings(config).isTemporary, false);
  });

  it("refuse a field that nobody knows: a misspelt one would share nothing", () => {
    for (const field of ["driver", "url", "Engine", "__proto__x"])
      assert.throws(() => readContextSettings({ [field]: "mqtt" } as ContextConfig), {
        code: "BAD_CONFIG",
        message: new RegExp(
          `^contextStorage: config has a field that is none of engine, path, .*, got "${field}"$`,
        ),
      });
    assert.doesNotThrow(() => readContextSettings({ flushInterval: 30, dir: "/data" } as ContextConfig));
  });

  for (const [config, message] of [
    [{ ack: "quorum" }, 'contextStorage: ack must be "local" or "disk" with sqlite, got "quorum"'],
    [{ instance: "a b" }, 'contextStorage: instance must be 1 to 64 letters, digits, . _ or -, got "a b"'],
    [{ sessions: 1 }, "contextStorage: sessions must be true or false, got 1"],
    [{ cache: "no" }, 'contextStorage: cache must be true or false, got "no"'],
    [{ base: "../up" }, 'contextStorage: base must name a folder within dir, got "../up"'],
    [{ maxPendingBytes: 0.5 }, "contextStorage: maxPendingBytes must be a whole number > 0 bytes, got 0.5"],
    [{ dir: "" }, 'contextStorage: dir must name a folder, got ""'],
    [{ path: "" }, 'path must name a file, got ""'],
    [{ engine: "nats", replicas: 2 }, 'replicas must be 1, 3 or 5, got "2"'],
  ] as const)
    it(`say that ${message}`, () => {
      assert.throws(() => readContextSettings(config as ContextConfig), { code: "BAD_CONFIG", message });
    });
});
