import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import helper from "node-red-node-test-helper";
import registerStore, { type SessionStoreNode } from "../../nodes/session-store.ts";
import type { SessionStore } from "../../src/adapters/store/session-store.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

helper.init(createRequire(import.meta.url).resolve("node-red"));

const ID = { sessionId: "cam-7", slot: 0 };
const RECORD = { epoch: 1, owner: "host-1", seq: 1, state: { count: 1 }, outbox: [], writeId: "w.1" };

type Stubbed = SessionStoreNode & Record<"error" | "warn", { args: unknown[][] }>;

describe("session-store node", () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = temporaryFolder();
    helper.settings({ userDir: folder.path });
    await new Promise<void>((started) => helper.startServer(() => started()));
  });
  afterEach(async () => {
    await helper.unload();
    await new Promise<void>((stopped) => helper.stopServer(() => stopped()));
    folder.remove();
  });

  async function load(fields: object): Promise<Stubbed> {
    await helper.load(registerStore as never, [{ id: "store", type: "session-store", ...fields }] as never);
    return helper.getNode("store") as Stubbed;
  }
  const storeOf = (node: SessionStoreNode): SessionStore => node.store ?? assert.fail("it offers no store");
  const errorsOf = (node: Stubbed): string[] => node.error.args.map(([text]) => String(text));

  it("offers a store in the user folder, opened at the first use", async () => {
    const node = await load({ engine: "sqlite", path: "data/s.sqlite" });
    const { records } = storeOf(node);
    assert.ok(!existsSync(folder.file("data/s.sqlite")));
    assert.equal((await records.write(ID, RECORD, 0)).outcome, "written");
    assert.ok(existsSync(folder.file("data/s.sqlite")));
    assert.deepEqual((await records.read(ID))?.record, RECORD);
    assert.deepEqual(errorsOf(node), []);
  });

  it("works as it is dropped", async () => {
    const node = await load({});
    await storeOf(node).driver.open();
    assert.ok(existsSync(folder.file("session-store.sqlite")));
  });

  it("closes its file with the flow", async () => {
    const store = storeOf(await load({ path: "s.sqlite" }));
    await store.records.write(ID, RECORD, 0);
    await helper.unload();
    assert.equal(store.health().state, "closed");
    assert.ok(!existsSync(folder.file("s.sqlite-wal")));
  });

  it("offers nothing and says what is wrong with its settings", async () => {
    const node = await load({ path: ":memory:" });
    assert.equal(node.store, undefined);
    assert.match(errorsOf(node)[0] ?? "", /path must be a file's path/);
  });

  it("says once why the store isn't there", async () => {
    writeFileSync(folder.file("file"), "");
    const node = await load({ path: "file/s.sqlite" });
    for (let i = 0; i < 3; i++) await assert.rejects(() => storeOf(node).driver.get("a"));
    assert.equal(errorsOf(node).length, 1);
  });

  it("says that a damaged file was kept", async () => {
    writeFileSync(folder.file("s.sqlite"), "no database".repeat(100));
    const node = await load({ path: "s.sqlite" });
    assert.equal(await storeOf(node).records.read(ID), undefined);
    assert.match(errorsOf(node).join("\n"), /is damaged: kept as/);
  });
});
