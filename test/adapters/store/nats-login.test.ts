import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createStore } from "../../../src/adapters/context/index.ts";
import { natsLogin } from "../../../src/adapters/store/nats-login.ts";
import { openStore } from "../../../src/adapters/store/session-store.ts";
import { readStoreSettings } from "../../../src/core/record/store-settings.ts";
import { hasNats, NatsCluster } from "../../support/nats-cluster.ts";
import { operatorMode } from "../../support/nats-operator.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";

const CREDS = "-----BEGIN NATS USER JWT-----\nx\n------END NATS USER JWT------\n";

describe("a NATS store's login", () => {
  let folder: TemporaryFolder;
  before(() => {
    folder = temporaryFolder();
    writeFileSync(folder.file("ok.creds"), CREDS);
    writeFileSync(folder.file("other.txt"), "no credentials");
  });
  after(() => folder.remove());

  it("is a credentials file, a user with a password, or a password alone: a token", () => {
    assert.deepEqual(natsLogin(folder.file("ok.creds"), "user", "password"), { creds: CREDS });
    assert.deepEqual(natsLogin(undefined, "user", "password"), { user: "user", password: "password" });
    assert.deepEqual(natsLogin(undefined, "user", undefined), { user: "user", password: "" });
    assert.deepEqual(natsLogin(undefined, "", "password"), { token: "password" });
    assert.deepEqual(natsLogin(undefined, "", ""), {});
  });

  it("names a credentials file that can't be read, or is none", () => {
    assert.throws(() => natsLogin(folder.file("none.creds"), "", ""), {
      code: "BAD_CONFIG",
      message: /credentials file ".*none\.creds" can't be read: ENOENT/,
    });
    assert.throws(() => natsLogin(folder.file("other.txt"), "", ""), {
      code: "BAD_CONFIG",
      message: /credentials file ".*other\.txt" must hold a NATS user's JWT and seed/,
    });
  });

  describe("at a real server", function () {
    this.timeout(30_000);
    let cluster: NatsCluster | undefined;
    before(async function () {
      if (!(await hasNats())) this.skip();
    });
    afterEach(async () => {
      await cluster?.stop();
      cluster = undefined;
    });
    async function serversWith(...args: string[]): Promise<string> {
      cluster = new NatsCluster(1, false, args);
      await cluster.start();
      return cluster.servers.join();
    }

    it("is taken as a token, and no other is", async () => {
      const servers = await serversWith("--auth", "right-token");
      const settings = readStoreSettings({ engine: "nats", servers });
      const wrong = openStore(settings, { folder: folder.path, password: "wrong" });
      await assert.rejects(() => wrong.driver.open(), { message: /authorization violation/i });
      await wrong.close();
      const right = openStore(settings, { folder: folder.path, password: "right-token" });
      assert.ok((await right.driver.put("a", Uint8Array.of(1))) > 0);
      await right.close();
    });

    it("is taken as a credentials file by a context store", async () => {
      const { config, creds } = await operatorMode(folder.path);
      writeFileSync(folder.file("gateway.creds"), creds);
      const servers = await serversWith("-c", config);
      const store = createStore({ engine: "nats", servers, dir: folder.path, credsFile: "gateway.creds" });
      await store.open();
      const error = await new Promise((resolve) => store.set("global", "n", 5, resolve));
      assert.equal(error, undefined);
      assert.deepEqual([store.health().state, store.get("global", "n")], ["ready", 5]);
      await store.close();
    });
  });
});
