import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { SqliteDriver } from "../../../src/adapters/store/sqlite-driver.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";
import { killWriters } from "./kill-writers.ts";
import { StoreProcess } from "./store-process.ts";

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
    const log = folder.file("trace");
    const tracer = ["strace", "-f", "-o", log, "-e", "trace=fsync,fdatasync,write"];
    if (spawnSync("strace", ["-o", log, "true"]).status !== 0) this.skip();
    const writer = new StoreProcess(folder.file("store.sqlite"), "sync", 1, tracer);
    await writer.acknowledges(20);
    await writer.kill();
    // One write in flight: between two acknowledgements lies at least one sync that has returned.
    let synced = 0;
    let acknowledged = 0;
    for (const line of readFileSync(log, "utf8").split("\n")) {
      if (/f(data)?sync\(.*= 0$|<\.\.\. f(data)?sync resumed>.*= 0$/.test(line)) synced++;
      if (!/write\(1, "put /.test(line)) continue;
      acknowledged++;
      assert.ok(synced > 0, `write ${acknowledged} was acknowledged before a sync`);
      synced = 0;
    }
    assert.ok(acknowledged >= 20);
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
