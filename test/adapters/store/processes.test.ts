import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { SqliteDriver } from "../../../src/adapters/store/sqlite-driver.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";
import { killWriters } from "./kill-writers.ts";
import { hasStrace, unsyncedAcknowledgements } from "./sync-trace.ts";

const KILLS = 5;

describe("SQLite store of several processes", function () {
  // Real processes, on a machine that may be busy.
  this.timeout(60_000);
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  it(`loses nothing it acknowledged when a writer is killed, ${KILLS} times`, async () => {
    const report = await killWriters(folder.file("store.sqlite"), KILLS);
    assert.ok(report.acknowledged >= KILLS * 2 * 40, `only ${report.acknowledged} writes`);
    assert.equal(report.lost, 0);
    assert.equal(report.damaged, 0);
    // Each process may have died between its last commit and saying so.
    assert.ok(report.counter >= report.counted, `${report.counter} < ${report.counted} acknowledged`);
    assert.ok(report.counter <= report.counted + KILLS + 2, `${report.counter} > ${report.counted} + kills`);
  });

  it("has each write on disk before it acknowledges it", async function () {
    if (!hasStrace()) this.skip();
    const { acknowledged, unsynced } = await unsyncedAcknowledgements(folder, "sync", 20);
    assert.ok(acknowledged >= 20);
    assert.equal(unsynced, 0);
  });

  it("writes all or nothing on a full disk, says so, and goes on when there is room", async function () {
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=600k", "tmpfs", folder.path]);
    if (mounted.status !== 0) this.skip();
    const driver = new SqliteDriver({ path: folder.file("store.sqlite") });
    const ballast = folder.file("ballast");
    try {
      await driver.put("a", new Uint8Array(1000));
      writeFileSync(ballast, new Uint8Array(400_000));
      const large = new Uint8Array(300_000);
      const results = await Promise.allSettled([driver.put("b", large), driver.put("c", large)]);
      for (const result of results) {
        assert.ok(result.status === "rejected");
        assert.deepEqual(
          [result.reason.code, result.reason.message.endsWith("the disk is full")],
          ["STORE_UNAVAILABLE", true],
        );
      }
      assert.deepEqual(
        (await driver.snapshot("")).map(({ key }) => key),
        ["a"],
      );
      rmSync(ballast);
      await driver.put("b", new Uint8Array(1000));
      assert.equal(driver.health().state, "ready");
    } finally {
      await driver.close();
      spawnSync("umount", [folder.path]);
    }
  });
});
