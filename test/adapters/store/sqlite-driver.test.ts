import assert from "node:assert/strict";
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { SqliteDriver, type SqliteOptions } from "../../../src/adapters/store/sqlite-driver.ts";
import { checkOurs, migrate } from "../../../src/adapters/store/sqlite-schema.ts";
import { StitchError } from "../../../src/core/errors.ts";
import type { StoreHealth } from "../../../src/core/record/store-driver.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";
import { until } from "../../support/turns.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);

const isError =
  (code: string, text: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof StitchError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, text);
    return true;
  };

describe("SqliteDriver", () => {
  let folder: TemporaryFolder;
  let path: string;
  let drivers: SqliteDriver[];
  let notices: StitchError[];
  let healths: StoreHealth[];

  beforeEach(() => {
    folder = temporaryFolder();
    path = folder.file("store.sqlite");
    [drivers, notices, healths] = [[], [], []];
  });
  afterEach(async () => {
    await Promise.all(drivers.map((driver) => driver.close()));
    folder.remove();
  });

  function driverOf(options: Partial<SqliteOptions> = {}): SqliteDriver {
    const driver = new SqliteDriver({
      path,
      onNotice: (notice) => notices.push(notice),
      onHealth: (health) => healths.push(health),
      ...options,
    });
    drivers.push(driver);
    return driver;
  }

  /** A closed file with one entry. */
  async function stored(): Promise<void> {
    const driver = driverOf();
    await driver.put("a", bytes("1"));
    await driver.close();
    healths = [];
  }

  const kept = (): string[] => readdirSync(folder.path).filter((name) => name.includes(".damaged-"));

  it("makes the file and its folders at the first use, not before", async () => {
    path = folder.file("not/yet/store.sqlite");
    const driver = driverOf();
    assert.equal(driver.health().state, "opening");
    assert.ok(!existsSync(path));
    await driver.put("a", bytes("1"));
    assert.ok(existsSync(path));
    assert.equal(driver.health().state, "ready");
  });

  it("finds what it stored when it is opened again", async () => {
    await stored();
    assert.deepEqual((await driverOf().get("a"))?.value, Uint8Array.from(bytes("1")));
  });

  it("goes on counting revisions in a file whose last entry was deleted", async () => {
    const first = driverOf();
    const revision = await first.put("a", bytes("1"));
    await first.delete("a");
    await first.close();
    assert.ok((await driverOf().put("b", bytes("1"))) > revision + 1);
  });

  for (const [what, damage] of [
    [
      "overwritten",
      () => writeFileSync(path, "This is no database, but it is long enough to look like a file."),
    ],
    ["truncated", () => truncateSync(path, statSync(path).size / 2)],
    ["truncated in its header", () => truncateSync(path, 50)],
    [
      "emptied beside its log",
      () => {
        writeFileSync(`${path}-wal`, "log");
        truncateSync(path, 0);
      },
    ],
  ] as const)
    it(`keeps a file that was ${what}, says so, and begins a new one`, async () => {
      await stored();
      damage();
      const driver = driverOf();
      assert.equal(await driver.get("a"), undefined);
      assert.equal(notices.length, 1);
      assert.equal(notices[0]?.code, "STORE_CORRUPT");
      assert.match(notices[0]?.message ?? "", /is damaged: kept as ".*\.damaged-.*", a new one was begun/);
      assert.ok(kept().length > 0);
      await driver.put("a", bytes("2"));
      assert.equal(driver.health().state, "ready");
    });

  it("moves a damaged file once, however many find it", async () => {
    await stored();
    writeFileSync(path, "no database".repeat(100));
    const found = Array.from({ length: 4 }, () => driverOf());
    await Promise.all(found.map((driver, i) => driver.put(`k${i}`, bytes("1"))));
    assert.equal(kept().filter((name) => !/-(wal|shm)$/.test(name)).length, 1);
    assert.equal((await driverOf().snapshot("k")).length, 4);
  });

  it("refuses a file of a newer version, and leaves it as it is", async () => {
    await stored();
    const db = new DatabaseSync(path);
    db.exec("PRAGMA journal_mode = DELETE; PRAGMA user_version = 99");
    db.close();
    const before = readFileSync(path);
    const driver = driverOf();
    await assert.rejects(
      () => driver.get("a"),
      isError("BAD_CONFIG", /schema version 99, .* up to 1: update/),
    );
    assert.equal(driver.health().state, "degraded");
    assert.match(driver.health().reason ?? "", /version 99/);
    assert.deepEqual(kept(), []);
    await driver.close();
    assert.deepEqual(readFileSync(path), before);
  });

  it("refuses another application's file, and doesn't touch it", async () => {
    const db = new DatabaseSync(path);
    db.exec("CREATE TABLE theirs (x)");
    db.close();
    const before = readFileSync(path);
    const driver = driverOf();
    await assert.rejects(() => driver.put("a", bytes("1")), isError("BAD_CONFIG", /another application's/));
    assert.deepEqual(kept(), []);
    await driver.close();
    assert.deepEqual(readFileSync(path), before);
  });

  it("takes an older file to the newest version, step by step, all or nothing", () => {
    const db = new DatabaseSync(path);
    const steps = ["CREATE TABLE entries (key TEXT)", "ALTER TABLE entries ADD COLUMN value BLOB"];
    migrate(db, path, steps.slice(0, 1));
    db.exec("INSERT INTO entries VALUES ('kept')");
    assert.throws(() => migrate(db, path, [...steps, "no SQL"]));
    assert.deepEqual({ ...db.prepare("SELECT * FROM entries").get() }, { key: "kept" });
    migrate(db, path, steps);
    migrate(db, path, steps);
    assert.deepEqual({ ...db.prepare("SELECT * FROM entries").get() }, { key: "kept", value: null });
    db.close();
  });

  it("takes a file that somebody else begins at the same time for what it is", () => {
    const [db, other] = [new DatabaseSync(path), new DatabaseSync(path)];
    // After whatever is read first.
    const prepare = db.prepare.bind(db);
    db.prepare = (sql) => {
      const statement = prepare(sql);
      const get = statement.get.bind(statement);
      statement.get = () => {
        const row = get();
        migrate(other, path);
        return row;
      };
      return statement;
    };
    checkOurs(db, path);
    for (const each of [db, other]) each.close();
  });

  it("says what is wrong with a path that can't be opened, and tries again later", async () => {
    writeFileSync(folder.file("file"), "");
    const driver = driverOf({ path: folder.file("file/store.sqlite") });
    const failure = isError("BAD_CONFIG", /store\.sqlite": /);
    await assert.rejects(() => driver.get("a"), failure);
    await assert.rejects(() => driver.get("a"), failure);
    assert.equal(healths.filter(({ state }) => state === "degraded").length, 1);
  });

  it("waits for another process's transaction, but not for ever", async () => {
    await stored();
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    const driver = driverOf({ busyMs: 30 });
    assert.ok(await driver.get("a"), "reading goes on");
    await assert.rejects(() => driver.put("a", bytes("2")), isError("STORE_UNAVAILABLE", /keeps it locked/));
    assert.equal(driver.health().state, "degraded");
    const patient = driverOf({ busyMs: 5000 });
    const written = patient.put("a", bytes("3"));
    await assert.rejects(() => driver.put("a", bytes("2")));
    other.exec("COMMIT");
    other.close();
    assert.ok((await written) > 1);
    assert.ok((await driver.put("a", bytes("4"))) > 2);
    assert.equal(driver.health().state, "ready");
  });

  it("notices that its file was moved away, and acknowledges nothing into it", async () => {
    const driver = driverOf();
    await driver.put("a", bytes("1"));
    for (const part of ["", "-wal", "-shm"]) renameSync(path + part, folder.file(`moved${part}`));
    await driver.put("b", bytes("2"));
    assert.match(notices[0]?.message ?? "", /was moved or removed while open/);
    assert.ok(await driverOf().get("b"));
  });

  it("groups the writes of one turn into one transaction", async () => {
    const driver = driverOf();
    await driver.open();
    const before = statSync(`${path}-wal`).size;
    await Promise.all(Array.from({ length: 100 }, (_, i) => driver.put(`k${i}`, bytes("v"))));
    const frames = (statSync(`${path}-wal`).size - before) / 4120;
    assert.ok(frames < 50, `100 writes took ${frames} pages of log`);
  });

  it("tells of a write that is decided before it acknowledges it, and of no other", async () => {
    const driver = driverOf();
    const told: string[] = [];
    const onDecided = (revision: number): void => void told.push(`decided ${revision}`);
    const first = await driver.put("a", bytes("1"), { onDecided });
    told.push(`acknowledged ${first}`);
    const changed = await driver.cas("a", bytes("2"), first, { onDecided });
    told.push(`acknowledged ${changed.revision}`);
    assert.equal((await driver.cas("a", bytes("3"), first, { onDecided })).ok, false);
    assert.deepEqual(
      told,
      [first, changed.revision].flatMap((revision) => [`decided ${revision}`, `acknowledged ${revision}`]),
    );
  });

  it("tells at once of a put that is on its way, where it is well and can store that", async () => {
    const driver = driverOf();
    let asked = 0;
    const told: number[] = [];
    const options = { onAsked: () => asked++, onDecided: (revision: number) => told.push(revision) };
    const first = driver.put("a", bytes("1"), options);
    assert.equal(asked, 0, "it isn't known yet whether the file can be opened");
    assert.deepEqual(told, [await first]);
    const second = driver.put("a", bytes("2"), options);
    assert.equal(asked, 1);
    await second;
    await assert.rejects(() => driver.put("a", Buffer.alloc(16_777_217), options));
    await assert.rejects(() => driver.put("", bytes("1"), options));
    assert.deepEqual([asked, told.length], [1, 1]);
  });

  it("refuses keys that would not come back as they are", async () => {
    const driver = driverOf();
    for (const key of ["", "\ud800", "x".repeat(2049)])
      await assert.rejects(() => driver.get(key), RangeError);
  });

  describe("whose thread dies", () => {
    const entry = new URL("../../support/dying-sqlite-worker.ts", import.meta.url);

    it("tells what it knows of each question, and goes on with a new thread", async () => {
      const driver = driverOf({ entry });
      await driver.put("a", bytes("1"));
      const [write, read] = await Promise.allSettled([driver.put("die", bytes("1")), driver.get("a")]);
      assert.ok(write.status === "rejected" && isError("INDETERMINATE", /thread is gone/)(write.reason));
      assert.ok(read.status === "rejected" && isError("STORE_UNAVAILABLE", /thread is gone/)(read.reason));
      assert.ok(await driver.get("a"));
      assert.equal(driver.health().state, "ready");
    });

    it("keeps its watchers, and misses no change", async () => {
      const seen: string[] = [];
      const driver = driverOf({ entry });
      await driver.watch("", ({ key }) => seen.push(key));
      await driver.put("a", bytes("1"));
      const other = driverOf();
      await Promise.allSettled([driver.put("die", bytes("1")), other.put("b", bytes("1"))]);
      await driver.put("c", bytes("1"));
      await until(() => seen.includes("c"));
      assert.deepEqual(seen, ["a", "b", "c"]);
    });
  });

  it("answers what was asked before it is closed", async () => {
    const driver = driverOf();
    const written = driver.put("a", bytes("1"));
    await driver.close();
    assert.equal(await written, 1);
    assert.equal(readdirSync(folder.path).length, 1, "the log is gone with the last connection");
  });
});
