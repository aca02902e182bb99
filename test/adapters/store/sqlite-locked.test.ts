import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { SqliteDriver } from "../../../src/adapters/store/sqlite-driver.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";

const CHILD = fileURLToPath(new URL("../../support/locking-process.ts", import.meta.url));
const BUSY_MS = 300;
const value = Buffer.from("v");

describe("a process that is stopped while it keeps the SQLite file locked", function () {
  this.timeout(20_000);
  let folder: TemporaryFolder;
  let driver: SqliteDriver;
  let child: ChildProcess;
  beforeEach(async () => {
    folder = temporaryFolder();
    const path = folder.file("store.sqlite");
    driver = new SqliteDriver({ path, busyMs: BUSY_MS });
    await driver.put("before", value);
    child = fork(CHILD, [path], { execArgv: ["--disable-warning=ExperimentalWarning"] });
    await once(child, "message");
    child.kill("SIGSTOP");
  });
  afterEach(async () => {
    await kill();
    await driver.close();
    folder.remove();
  });

  async function kill(): Promise<void> {
    // It ends by itself when it has let go.
    if (child.signalCode !== null || child.exitCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  it("makes writes fail in bounded time, and the store say who it is", async () => {
    const { pid } = child;
    const reason = new RegExp(`process ${pid}, which is stopped, keeps it locked`);
    const isTold = process.platform === "linux" ? reason : /keeps it locked/;
    for (let i = 0; i < 2; i++) await assert.rejects(driver.put("a", value), isTold);
    const health = driver.health();
    assert.equal(health.state, "degraded");
    assert.match(health.reason ?? "", isTold);
  });

  it("lets what is stored be read", async () => {
    const failed = assert.rejects(driver.put("a", value));
    assert.deepEqual(Buffer.from((await driver.get("before"))?.value ?? []), value);
    await failed;
  });

  it("is no obstacle any more when it goes on", async () => {
    await assert.rejects(driver.put("a", value));
    child.kill("SIGCONT");
    const letGo = once(child, "message");
    child.send("let go");
    await letGo;
    await driver.put("a", value);
    assert.equal(driver.health().state, "ready");
  });

  it("leaves the lock to the others when it is killed", async () => {
    await assert.rejects(driver.put("a", value));
    await kill();
    await driver.put("a", value);
    assert.equal(driver.health().state, "ready");
  });
});
