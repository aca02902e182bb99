import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createStore } from "../../../src/adapters/context/index.ts";
import { SqliteDriver } from "../../../src/adapters/store/sqlite-driver.ts";
import { StitchError } from "../../../src/core/errors.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";

const CHILD = fileURLToPath(new URL("../../support/opening-process.ts", import.meta.url));
/** No permission stops root: the stores are opened by somebody else. */
const somebody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const opened = async (paths: readonly string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [CHILD, ...paths], somebody)).stdout;

describe("a SQLite store whose file can't be written", () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = temporaryFolder();
    chmodSync(folder.path, 0o755);
  });
  afterEach(() => {
    folder.remove();
  });

  /** What the owner is told: the field, what it says, and why that can't be. */
  async function refusal(path: string): Promise<string> {
    const driver = new SqliteDriver({ path });
    try {
      await driver.open();
    } catch (error) {
      assert.ok(error instanceof StitchError, String(error));
      assert.equal(error.code, "BAD_CONFIG");
      assert.ok(
        error.message.includes(`path must name a file that can be written, got "${path}": `),
        error.message,
      );
      assert.deepEqual(driver.health(), { state: "degraded", reason: error.message });
      return error.message;
    } finally {
      await driver.close();
    }
    assert.fail(`${path} was opened`);
  }

  it("in a folder that none can be made in, as below /proc", async function () {
    if (!existsSync("/proc/self")) return this.skip();
    assert.match(await refusal("/proc/stitch/store.sqlite"), /no folder can be made in "\/proc" \(ENOENT\)$/);
    assert.match(
      await refusal("/proc/stitch/deep/store.sqlite"),
      /no folder can be made in "\/proc" \(ENOENT\)$/,
    );
    assert.match(await refusal("/proc/store.sqlite"), /no file can be made in "\/proc" \(ENOENT\)$/);
  });

  it("below a file", async () => {
    writeFileSync(folder.file("file"), "");
    assert.match(await refusal(folder.file("file/store.sqlite")), /"[^"]+\/file" is no folder$/);
    assert.match(await refusal(folder.file("file/deep/store.sqlite")), /"[^"]+\/file" is no folder$/);
  });

  it("where a folder is", async () => {
    mkdirSync(folder.file("store.sqlite"));
    assert.match(await refusal(folder.file("store.sqlite")), /it is a folder$/);
  });

  it("where a device is", async function () {
    if (!existsSync("/dev/null")) return this.skip();
    assert.match(await refusal("/dev/null"), /it is no plain file$/);
  });

  it("without the permission", async function () {
    if (process.platform === "win32") return this.skip();
    const [locked, readable] = [folder.file("locked"), folder.file("readable")];
    for (const path of [locked, readable]) mkdirSync(path);
    const file = folder.file("readable/store.sqlite");
    const driver = new SqliteDriver({ path: file });
    await driver.put("a", Buffer.from("1"));
    await driver.close();
    chmodSync(file, 0o444);
    chmodSync(readable, 0o555);
    chmodSync(locked, 0o000);
    const names = ["locked/store.sqlite", "locked/deep/store.sqlite", "readable/new.sqlite"];
    const paths = [...names, "readable/deep/new.sqlite", "readable/store.sqlite"].map((name) =>
      folder.file(name),
    );
    const lines = (await opened(paths)).trim().split("\n");
    assert.equal(lines.length, paths.length);
    for (const [i, line] of lines.entries()) {
      const { code, message } = JSON.parse(line) as { code: string; message: string };
      assert.equal(code, "BAD_CONFIG", message);
      assert.ok(message.includes(`path must name a file that can be written, got "${paths[i]}": `), message);
      assert.match(
        message,
        /no permission for "[^"]+\/(locked|readable|readable\/store.sqlite)" \(EACCES\)$/,
      );
    }
  });

  it("stops Node-RED's start with that, as a context store", async () => {
    writeFileSync(folder.file("file"), "");
    const store = createStore({ path: "file/store.sqlite", settings: { userDir: folder.path } });
    await assert.rejects(
      store.open(),
      /path must name a file that can be written, got ".*": ".*" is no folder$/,
    );
    await store.close();
  });
});
