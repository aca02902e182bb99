import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../../../src/adapters/store/session-store.ts";

describe("openStore, its path in the home folder", () => {
  const home = mkdtempSync(join(tmpdir(), "home-"));
  const before = process.env["HOME"];
  afterEach(() => {
    if (before === undefined) delete process.env["HOME"];
    else process.env["HOME"] = before;
    rmSync(home, { recursive: true, force: true });
  });

  it("opens the same file, whatever Node-RED's own folder", async () => {
    process.env["HOME"] = home;
    const settings = { engine: "sqlite", path: "~/stitch/sessions.sqlite" } as const;
    const [one, other] = ["a", "b"].map((folder) => openStore(settings, { folder: join(home, folder) }));
    assert.ok(one && other);
    const id = { sessionId: "cam-7", slot: 0 };
    const record = { epoch: 1, owner: "host-1", seq: 0, state: 7, outbox: [], writeId: "w.1" };
    assert.equal((await one.records.write(id, record, 0)).outcome, "written");
    assert.deepEqual((await other.records.read(id))?.record, record);
    assert.ok(existsSync(join(home, "stitch", "sessions.sqlite")));
    await Promise.all([one.close(), other.close()]);
  });
});
