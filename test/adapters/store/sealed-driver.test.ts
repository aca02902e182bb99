import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { SEAL_KEY, SealedDriver } from "../../../src/adapters/store/sealed-driver.ts";
import { SEAL_BYTES, ValueSeal } from "../../../src/adapters/store/sealed-value.ts";
import { openStore } from "../../../src/adapters/store/session-store.ts";
import { SqliteDriver } from "../../../src/adapters/store/sqlite-driver.ts";
import { deriveKey, KEY_BYTES, readSecret } from "../../../src/adapters/store/store-key.ts";
import type { StoreChange, StoreDriver } from "../../../src/core/record/store-driver.ts";
import { MemoryDriver } from "../../support/memory-driver.ts";
import { mosquittoBroker } from "../../support/mirror-broker.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";
import { until } from "../../support/turns.ts";
import { type Bench, itIsAStoreDriver } from "./driver-conformance.ts";

const KEY = "11".repeat(KEY_BYTES);
const OTHER_KEY = "22".repeat(KEY_BYTES);
const secret = readSecret(KEY);
const ID = { sessionId: "cam-7", slot: 0 };
const RECORD = { epoch: 3, owner: "host-1", seq: 1, state: "plain text", outbox: [], writeId: "w.1" };

const anyValue = fc.uint8Array({ maxLength: 200 });
const anyKey = fc.string({ minLength: 1, maxLength: 40 });

describe("a store's key", () => {
  it("is 32 bytes in hex or base64, or a passphrase", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: KEY_BYTES, maxLength: KEY_BYTES }), (key) => {
        for (const encoding of ["hex", "base64", "base64url"] as const)
          assert.deepEqual(readSecret(`${Buffer.from(key).toString(encoding)}\n`), {
            kind: "key",
            key: Buffer.from(key),
          });
      }),
    );
    assert.equal(readSecret("correct horse battery").kind, "passphrase");
  });

  it("is refused where it is too short, and not quoted", () => {
    assert.throws(
      () => readSecret("hunter2"),
      (error: Error) => error.message.endsWith("got 7 characters") && !error.message.includes("hunter2"),
    );
  });

  it("is derived from a passphrase and the store's salt", async () => {
    const phrase = readSecret("correct horse battery");
    const [salt, other] = [new Uint8Array(16), new Uint8Array(16).fill(1)];
    const key = await deriveKey(phrase, salt);
    assert.equal(key.byteLength, KEY_BYTES);
    assert.deepEqual(await deriveKey(phrase, salt), key);
    assert.notDeepEqual(await deriveKey(phrase, other), key);
  });
});

describe("ValueSeal", () => {
  const seal = new ValueSeal(Buffer.from(KEY, "hex"));
  const reader = new ValueSeal(Buffer.from(KEY, "hex"));

  it("gives any value back, to any process with the key", () => {
    fc.assert(
      fc.property(anyKey, anyValue, (key, value) => {
        const sealed = seal.seal(key, value);
        assert.equal(sealed.byteLength, value.byteLength + SEAL_BYTES);
        assert.deepEqual([...reader.open(key, sealed)], [...value]);
      }),
    );
  });

  it("never gives the same bytes twice", () => {
    const value = new Uint8Array(8);
    const seen = new Set(
      Array.from({ length: 1000 }, () => Buffer.from(seal.seal("a", value)).toString("hex")),
    );
    assert.equal(seen.size, 1000);
  });

  it("detects any bit that was changed, any cut, and another key's value", () => {
    fc.assert(
      fc.property(anyKey, anyValue, fc.nat(), (key, value, at) => {
        const sealed = seal.seal(key, value);
        const changed = Uint8Array.from(sealed);
        const bit = at % (sealed.byteLength * 8);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        for (const [name, bytes] of [
          [key, changed],
          [key, sealed.subarray(0, at % sealed.byteLength)],
          [`${key}x`, sealed],
        ] as const)
          assert.throws(() => reader.open(name, bytes), { code: "BAD_RECORD" });
      }),
    );
  });
});

describe("SealedDriver", () => {
  let folder: TemporaryFolder;
  const drivers: StoreDriver[] = [];
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(async () => {
    await Promise.all(drivers.splice(0).map((driver) => driver.close()));
    folder.remove();
  });
  const sqlite = (): SqliteDriver => new SqliteDriver({ path: folder.file("s.sqlite") });
  function over(driver: StoreDriver, key: string | undefined): SealedDriver {
    const sealed = new SealedDriver({ driver, secret: key === undefined ? undefined : readSecret(key) });
    drivers.push(sealed);
    return sealed;
  }

  it("leaves nothing readable in the file but the keys", async () => {
    const store = over(sqlite(), KEY);
    await store.put("stitch/cam-7", Buffer.from("a secret value"));
    await store.close();
    const file = readFileSync(folder.file("s.sqlite"), "latin1");
    assert.ok(file.includes("stitch/cam-7"));
    assert.ok(!file.includes("secret"));
  });

  it("refuses a wrong key, and leaves what is stored as it is", async () => {
    const first = over(sqlite(), "correct horse battery");
    const revision = await first.put("a", Buffer.from("1"));
    const wrong = over(sqlite(), "wrong horse battery");
    await assert.rejects(() => wrong.put("a", Buffer.from("2")), {
      code: "BAD_CONFIG",
      message: "session store: the key is not the one that it was encrypted with; nothing was changed",
    });
    await assert.rejects(() => wrong.delete("a"), { code: "BAD_CONFIG" });
    assert.equal(wrong.health().state, "degraded");
    const again = over(sqlite(), "correct horse battery");
    assert.deepEqual(await again.get("a"), { key: "a", value: Buffer.from("1"), revision });
  });

  it("refuses an encrypted store without a key", async () => {
    await over(sqlite(), KEY).put("a", Buffer.from("1"));
    await assert.rejects(
      () => over(sqlite(), undefined).put("a", Buffer.from("2")),
      /it is encrypted, and no key/,
    );
  });

  it("refuses a store that isn't encrypted, with a key", async () => {
    await over(sqlite(), undefined).put("a", Buffer.from("1"));
    await assert.rejects(() => over(sqlite(), KEY).get("a"), /not encrypted, and a key is given/);
    assert.equal(Buffer.from((await over(sqlite(), undefined).get("a"))?.value ?? []).toString(), "1");
  });

  it("lets processes that begin at once agree on one salt", async () => {
    const memory = new MemoryDriver();
    const both = [1, 2].map(
      () => new SealedDriver({ driver: memory, secret: readSecret("correct horse battery") }),
    );
    await Promise.all(both.map((driver, i) => driver.put(`k${i}`, Buffer.from(`v${i}`))));
    for (const driver of both)
      assert.deepEqual(
        (await driver.snapshot("")).map(({ value }) => Buffer.from(value).toString()),
        ["v0", "v1"],
      );
  });

  it("tells a value that was put there without the key from its own, and goes on with the others", async () => {
    const memory = new MemoryDriver();
    const store = new SealedDriver({ driver: memory, secret });
    const changes: StoreChange[] = [];
    await store.watch("", (change) => changes.push(change));
    await store.put("a", Buffer.from("1"));
    await memory.put("b", Buffer.from("forged"));
    await assert.rejects(() => store.get("b"), {
      code: "BAD_RECORD",
      message: "b: its value is not encrypted",
    });
    const seen = (await store.snapshot("")).map(({ value }) => Buffer.from(value).toString("latin1"));
    assert.deepEqual(seen, ["1", "\xc1"]);
    await until(() => changes.length === 2);
    assert.ok(!changes.some(({ value }) => Buffer.from(value ?? []).toString() === "forged"));
  });

  it("is taken for ready only with the right key", async () => {
    const memory = new MemoryDriver();
    await new SealedDriver({ driver: memory, secret }).open();
    assert.ok(await memory.get(SEAL_KEY));
    const told: string[] = [];
    const wrong = new SealedDriver({
      driver: memory,
      secret: readSecret(OTHER_KEY),
      onHealth: ({ reason = "" }) => told.push(reason),
    });
    for (let i = 0; i < 3; i++) await assert.rejects(() => wrong.open());
    assert.equal(told.length, 1);
  });

  describe("over SQLite, is a driver", () =>
    itIsAStoreDriver(async (): Promise<Bench> => {
      const place = temporaryFolder();
      const opened: StoreDriver[] = [];
      return {
        async connect() {
          const driver = new SealedDriver({
            driver: new SqliteDriver({ path: place.file("s.sqlite") }),
            secret,
          });
          opened.push(driver);
          await driver.open();
          return driver;
        },
        async end() {
          await Promise.all(opened.map((driver) => driver.close()));
          place.remove();
        },
      };
    }));
});

describe("an encrypted store, mirrored over MQTT", () => {
  it("is read by machines with the key, and takes nothing from those with another", async function () {
    this.timeout(20_000);
    const broker = await mosquittoBroker().catch(() => undefined);
    if (!broker) this.skip();
    const folder = temporaryFolder();
    const rejected: string[] = [];
    const open = (name: string, key: string): ReturnType<typeof openStore> =>
      openStore(
        { engine: "mqtt", path: `${name}.sqlite`, mirror: { broker: broker.url, topic: "plant/store" } },
        { folder: folder.path, key },
        { onBadRecord: ({ message }) => rejected.push(message) },
      );
    const [left, right, stranger] = [open("left", KEY), open("right", KEY), open("stranger", OTHER_KEY)];
    try {
      await Promise.all([left, right, stranger].map(({ driver }) => driver.open()));
      await until(() => [left, right, stranger].every((store) => store.health().state === "ready"));
      await left.records.write(ID, RECORD, 0);
      let copy: unknown;
      while (!copy) copy = (await right.records.read(ID))?.record;
      assert.deepEqual(copy, RECORD);
      await until(() => rejected.length > 0);
      assert.match(rejected[0] ?? "", /its value was changed, or encrypted with another key/);
      assert.equal(await stranger.records.read(ID), undefined);
    } finally {
      await Promise.all([left, right, stranger].map((store) => store.close()));
      await broker.stop();
      folder.remove();
    }
  });
});
