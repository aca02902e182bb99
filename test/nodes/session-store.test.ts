import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import helper from "node-red-node-test-helper";
import registerStore, { type SessionStoreNode } from "../../nodes/session-store.ts";
import type { SessionStore } from "../../src/adapters/store/session-store.ts";
import { type Broker, startBroker } from "../../src/demo/broker.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/turns.ts";

helper.init(createRequire(import.meta.url).resolve("node-red"));

const ID = { sessionId: "cam-7", slot: 0 };
const RECORD = { epoch: 1, owner: "host-1", seq: 1, state: { count: 1 }, outbox: [], writeId: "w.1" };

type Stubbed = SessionStoreNode & Record<"error" | "warn" | "status", { args: unknown[][] }>;

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

  it("shows its state as its status, each once", async () => {
    const node = await load({ path: "s.sqlite" });
    await storeOf(node).driver.put("a", new Uint8Array(1));
    await storeOf(node).driver.put("a", new Uint8Array(1));
    writeFileSync(folder.file("file"), "");
    assert.deepEqual(
      node.status.args.map(([status]) => (status as { text?: string }).text),
      ["ready"],
    );
    await helper.unload();
    const away = await load({ path: "file/s.sqlite" });
    await assert.rejects(() => storeOf(away).driver.get("a"));
    assert.deepEqual(away.status.args, [[{ fill: "red", shape: "ring", text: "degraded" }]]);
  });

  it("says that a damaged file was kept", async () => {
    writeFileSync(folder.file("s.sqlite"), "no database".repeat(100));
    const node = await load({ path: "s.sqlite" });
    assert.equal(await storeOf(node).records.read(ID), undefined);
    assert.match(errorsOf(node).join("\n"), /is damaged: kept as/);
  });

  it("encrypts with the key of an environment variable, and offers nothing without it", async () => {
    const fields = { path: "s.sqlite", keyVariable: "STORE_KEY_OF_A_TEST" };
    const without = await load(fields);
    assert.equal(without.store, undefined);
    assert.match(errorsOf(without)[0] ?? "", /the environment variable STORE_KEY_OF_A_TEST must hold/);
    await helper.unload();
    process.env["STORE_KEY_OF_A_TEST"] = "ab".repeat(32);
    try {
      const store = storeOf(await load(fields));
      await store.records.write(ID, { ...RECORD, state: "a secret state" }, 0);
      await helper.unload();
      assert.ok(!readFileSync(folder.file("s.sqlite"), "latin1").includes("secret"));
    } finally {
      delete process.env["STORE_KEY_OF_A_TEST"];
    }
  });

  it("tells by the admin API how the stores are", async () => {
    const node = await load({ name: "plant", path: "s.sqlite" });
    const { records } = storeOf(node);
    const heard = new Promise<void>((resolve) => {
      void records.watch(() => resolve()).then(() => records.write(ID, RECORD, 0));
    });
    await heard;
    const answer = await helper.request().get("/session-stitching/stores").expect(200);
    const [report, ...others] = answer.body.stores;
    assert.deepEqual(others, []);
    const { lagMs, ...rest } = report;
    assert.ok(lagMs > 0, `${lagMs} ms`);
    assert.deepEqual(rest, { name: "plant", engine: "sqlite", state: "ready", pendingWrites: 0, keys: 1 });
    await helper.unload();
  });

  describe("mirrored over MQTT", () => {
    let broker: Broker;
    beforeEach(async () => {
      broker = await startBroker();
    });
    afterEach(() => broker.close());
    const mirrored = (id: string): object => ({
      id,
      type: "session-store",
      engine: "mqtt",
      path: `${id}.sqlite`,
      broker: broker.url,
      topic: "plant/store",
    });

    it("holds a warm copy of what another machine's store has", async () => {
      const nodes = [mirrored("left"), mirrored("right")];
      await helper.load(registerStore as never, nodes as never);
      const [left, right] = ["left", "right"].map((id) => storeOf(helper.getNode(id) as Stubbed)) as [
        SessionStore,
        SessionStore,
      ];
      const seen: number[] = [];
      await right.records.watch((_id, stored) => seen.push(stored?.record.seq ?? -1));
      const written = await left.records.write(ID, RECORD, 0);
      assert.ok(written.outcome === "written");
      await left.records.write(ID, { ...RECORD, seq: 2, state: { count: 2 } }, written.revision);
      await until(() => seen.includes(2));
      assert.deepEqual((await right.records.read(ID))?.record.state, { count: 2 });
      await until(() => left.health().state === "ready" && right.health().state === "ready");
    });

    it("works on its own file while the broker is away, and says so once", async () => {
      await broker.close();
      await helper.load(registerStore as never, [mirrored("store")] as never);
      const node = helper.getNode("store") as Stubbed;
      assert.equal((await storeOf(node).records.write(ID, RECORD, 0)).outcome, "written");
      await until(() => errorsOf(node).length > 0);
      assert.match(errorsOf(node).join("\n"), /^mirror: .*; the local store goes on$/);
      broker = await startBroker(broker.port);
      await until(() => storeOf(node).health().state === "ready");
    });
  });
});
