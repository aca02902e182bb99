import assert from "node:assert/strict";
import fc from "fast-check";
import type { AtomicContext } from "../../../src/adapters/context/atomic-updates.ts";
import { ContextStore, type ContextStoreOptions } from "../../../src/adapters/context/context-store.ts";
import { DriverRecords } from "../../../src/adapters/store/driver-records.ts";
import { StitchError } from "../../../src/core/errors.ts";
import type { SlotRecord } from "../../../src/core/record/slot-record.ts";
import { MemoryDriver } from "../../support/memory-driver.ts";
import { turns, until } from "../../support/turns.ts";

const AWAY = new StitchError("STORE_UNAVAILABLE", "nobody answers");

describe("ContextStore, shared", () => {
  let driver: MemoryDriver;
  let warnings: string[];
  let stores: ContextStore[];
  beforeEach(() => {
    driver = new MemoryDriver();
    warnings = [];
    stores = [];
  });
  afterEach(async () => {
    driver.away = undefined;
    await Promise.all(stores.map((store) => store.close()));
  });

  async function open(instance: string, options: Partial<ContextStoreOptions> = {}): Promise<ContextStore> {
    const warn = (text: string): number => warnings.push(text);
    const store = new ContextStore({ driver, instance, ack: "durable", warn, ...options });
    stores.push(store);
    await store.open();
    return store;
  }
  const set = (
    store: ContextStore,
    key: string | string[],
    value: unknown,
    scope = "flow",
  ): Promise<Error | undefined> => new Promise((resolve) => store.set(scope, key, value, resolve));
  const atomicOf = (store: ContextStore): AtomicContext => store.get("flow", "$atomic") as AtomicContext;

  it("shows what one sets to the others", async () => {
    const [a, b] = [await open("a"), await open("b")];
    a.set("flow", "foo.bar", [1]);
    await until(() => b.get("flow", "foo") !== undefined);
    assert.deepEqual(b.get("flow", "foo.bar[0]"), 1);
    await set(b, "foo", undefined);
    await until(() => a.get("flow", "foo") === undefined);
    assert.deepEqual(a.keys("flow"), []);
  });

  it("has all that was stored when it opens", async () => {
    await set(await open("a"), ["foo", "b/c"], [{ n: 1 }, 2]);
    const late = await open("b");
    assert.deepEqual(late.get("flow", ["foo", "b/c"]), [{ n: 1 }, 2]);
  });

  it("does not take its own value back while a newer one of it is on the way", async () => {
    const store = await open("a");
    store.set("flow", "n", 0);
    for (let n = 1; n <= 50; n++) {
      store.set("flow", "n", n);
      await new Promise(setImmediate);
      assert.equal(store.get("flow", "n"), n);
    }
    await until(() => store.pending === 0);
    assert.equal((await open("b")).get("flow", "n"), 50);
  });

  it("writes what is set in between once", async () => {
    const store = await open("a");
    const before = await driver.put("other", new Uint8Array(1));
    for (let n = 0; n < 1000; n++) store.set("flow", "n", n);
    await until(() => store.pending === 0);
    assert.ok((await driver.put("other", new Uint8Array(1))) - before <= 3);
  });

  it("ends with the same values everywhere, whoever set what", async () => {
    const step = fc.record({
      who: fc.nat(2),
      key: fc.constantFrom("a", "b.c", "b"),
      value: fc.option(fc.nat(9), { nil: undefined }),
      /** Turns of the event loop before the next. */
      pause: fc.nat(2),
    });
    const converge = async (
      steps: readonly { who: number; key: string; value: unknown; pause: number }[],
    ): Promise<void> => {
      driver = new MemoryDriver();
      const trio = [await open("a"), await open("b"), await open("c")];
      for (const { who, key, value, pause } of steps) {
        trio[who]?.set("flow", key, value);
        await turns(pause);
      }
      await until(() => trio.every((store) => store.pending === 0));
      // The feed's last words.
      await turns(5);
      const [first, ...others] = trio.map((store) => store.get("flow", ["a", "b"]));
      for (const other of others) assert.deepEqual(other, first);
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 12 }), converge), { numRuns: 50, seed: 3 });
  });

  describe("clean", () => {
    it("leaves alone what another Node-RED wrote", async () => {
      const [a, b] = [await open("a"), await open("b")];
      await set(a, "foo", 1, "mine");
      await set(b, "foo", 2, "theirs");
      await until(() => a.get("theirs", "foo") === 2);
      await a.clean([]);
      await a.delete("theirs");
      await until(() => a.pending === 0);
      assert.deepEqual([a.get("mine", "foo"), a.get("theirs", "foo")], [undefined, 2]);
      assert.equal((await open("c")).get("theirs", "foo"), 2);
    });

    it("deletes nothing that another wrote meanwhile", async () => {
      const [a, b] = [await open("a"), await open("b")];
      await set(a, "foo", 1);
      await until(() => b.get("flow", "foo") === 1);
      // Not seen by a yet when it cleans.
      b.set("flow", "foo", 2);
      const cleaned = a.clean([]);
      await cleaned;
      await until(() => a.pending === 0 && b.pending === 0 && a.get("flow", "foo") !== undefined);
      assert.deepEqual([a.get("flow", "foo"), b.get("flow", "foo")], [2, 2]);
    });

    it("knows its own values after a restart", async () => {
      await set(await open("a"), "foo", 1);
      const again = await open("a");
      await again.clean([]);
      assert.equal(again.get("flow", "foo"), undefined);
    });
  });

  describe("without its store", () => {
    it("opens, works in memory, says so once, and catches up", async () => {
      driver.set("context/flow/old", Buffer.from([0x94, 1, 0xa1, 98, 0xa1, 49, 7]));
      driver.away = AWAY;
      const store = await open("a");
      store.set("flow", "foo", 1);
      assert.equal(store.get("flow", "foo"), 1);
      const error = await set(store, "bar", 2);
      assert.equal(error, AWAY, "not durable yet");
      assert.equal(store.get("flow", "bar"), 2);
      driver.away = undefined;
      await until(() => store.pending === 0 && store.get("flow", "old") === 7);
      assert.deepEqual((await open("b")).get("flow", ["foo", "bar", "old"]), [1, 2, 7]);
      assert.deepEqual(warnings.length, 1);
      assert.match(warnings[0] ?? "", /nobody answers; it goes on in memory until the store is back/);
    });

    it("does not say that it goes on in memory where the disk has what is set", async () => {
      const store = await open("a");
      store.healthChanged({
        state: "degraded",
        reason: "mirror: cut; the local store goes on",
        isOnDisk: true,
      });
      assert.deepEqual(warnings, ["context store: mirror: cut; the local store goes on"]);
    });

    it("says how many values are lost when it is closed before", async () => {
      const store = await open("a", { closeMs: 1 });
      driver.failures.push("hang");
      store.set("flow", "foo", 1);
      await new Promise(setImmediate);
      await store.close();
      assert.match(warnings.join(), /context values not stored, as the store is away: 1/);
    });

    it("rejects to open what its owner must correct, and doesn't say that it goes on", async () => {
      const reason = "schema version 99";
      driver.away = new StitchError("BAD_CONFIG", reason);
      const store = new ContextStore({
        driver,
        instance: "a",
        ack: "durable",
        warn: (text) => warnings.push(text),
      });
      const opened = store.open();
      store.healthChanged({ state: "degraded", reason });
      await assert.rejects(opened, /schema version 99/);
      assert.deepEqual(warnings, []);
    });
  });

  it("refuses at once what the store will never take, and leaves what stands", async () => {
    const store = await open("a");
    store.set("flow", "n", 5);
    const max = driver.capabilities.maxValue;
    const refused = [
      Buffer.alloc(max),
      "x".repeat(max),
      "€".repeat(max / 3),
      Array.from({ length: max }, () => 1),
    ];
    for (const value of refused) {
      assert.throws(() => store.set("flow", "n", value), {
        code: "VALUE_TOO_LARGE",
        message: /^"n" must be at most 1048576 bytes in this store, got 1048\d+$/,
      });
      const error = await set(store, ["m", "n"], [6, value]);
      assert.match(String(error), /"n" must be at most/);
    }
    assert.deepEqual(store.get("flow", ["m", "n"]), [undefined, 5]);
    const largest = Buffer.alloc(max - 100);
    assert.equal(await set(store, "n", largest), undefined);
    assert.deepEqual(store.get("flow", "n"), largest);
  });

  it("refuses places in an array that can't be stored", async () => {
    const store = await open("a");
    store.set("flow", "list", [1, 2]);
    const wrong = [
      "list[16777216]",
      "list[4294967294]",
      'list["4294967294"]',
      "list.length",
      "list.unit",
      "new[99999999]",
    ];
    for (const key of wrong)
      assert.throws(() => store.set("flow", key, 3), {
        code: "BAD_VALUE",
        message: /an index must be from 0 to 16777215, got /,
      });
    store.set("flow", "list[4]", 5);
    assert.deepEqual(store.get("flow", ["list", "list.length", "new"]), [
      [1, 2, null, null, 5],
      5,
      undefined,
    ]);
    const sparse: number[] = [];
    sparse[4_000_000_000] = 1;
    assert.throws(() => store.set("flow", "sparse", { sparse }), {
      code: "BAD_VALUE",
      message: /sparse\.sparse must be plain data, got an array of 4000000001 places/,
    });
  });

  it("tells at once under the level local", async () => {
    driver.away = AWAY;
    const store = await open("a", { ack: "local" });
    assert.equal(await set(store, "foo", 1), undefined);
  });

  describe("what waits for the store", () => {
    const kilobyte = "x".repeat(1000);

    it("is bounded in bytes: what is too much is refused, and what was there stays", async () => {
      driver.away = AWAY;
      const store = await open("a", { maxPendingBytes: 10_000, ack: "local" });
      for (let i = 0; i < 9; i++) store.set("flow", `k${i}`, kilobyte);
      const error = await set(store, ["k1", "k9"], [kilobyte, kilobyte]);
      assert.ok(error instanceof StitchError && error.code === "BUFFER_FULL", String(error));
      assert.match(error.message, /hold \d+ bytes, at most 10000 may: not set/);
      assert.throws(() => store.set("flow", "k9", kilobyte), { code: "BUFFER_FULL" });
      assert.equal(store.get("flow", "k9"), undefined);
      store.set("flow", "k1", "y".repeat(1000));
      driver.away = undefined;
      await until(() => store.pending === 0);
      assert.equal(store.pendingBytes, 0);
      store.set("flow", "k9", kilobyte);
      assert.equal(store.get("flow", "k9"), kilobyte);
    });

    it("counts a property that is set again and again once, as a whole or by its parts", async () => {
      driver.away = AWAY;
      const store = await open("a", { maxPendingBytes: 200_000, ack: "local" });
      for (let i = 0; i < 10_000; i++) {
        store.set("flow", "whole", kilobyte);
        store.set("flow", "parts.n", i);
      }
      assert.ok(store.pendingBytes < 100_000, `${store.pendingBytes}`);
    });
  });

  describe("$atomic set", () => {
    it("is told when the value is as safe as that write asks for", async () => {
      driver.failures.push("hang");
      const store = await open("a", { closeMs: 1 });
      await atomicOf(store).set("n.m", 1, { ack: "local" });
      assert.equal(store.get("flow", "n.m"), 1);
      assert.equal(store.pending, 1, "not stored yet");
      await atomicOf(store).set("other", 2, { ack: "disk" });
      assert.ok(await driver.get("context/flow/other"));
    });

    it("refuses a level that the engine doesn't have", async () => {
      const store = await open("a");
      await assert.rejects(() => atomicOf(store).set("n", 1, { ack: "quorum" }), {
        code: "BAD_VALUE",
        message: 'ack must be "local" or "disk" in this store, got "quorum"',
      });
      await assert.rejects(() => atomicOf(store).set(".n", 1), { code: "INVALID_EXPR" });
    });
  });

  describe("without a cache", () => {
    const ask = (store: ContextStore, key: string | string[]): Promise<unknown[]> =>
      new Promise((resolve) => store.get("flow", key, (...given) => resolve(given)));
    const keysOf = (store: ContextStore): Promise<unknown> =>
      new Promise((resolve) => store.keys("flow", (_error, names) => resolve(names)));

    it("reads only with a callback, but for the atomic updates", async () => {
      const store = await open("a", { cache: false });
      assert.throws(() => store.get("flow", "foo"), /cache is false in settings.js: get needs a callback/);
      assert.throws(() => store.keys("flow"), /cache is false in settings.js: keys needs a callback/);
      assert.equal(await atomicOf(store).increment("n"), 1);
      assert.deepEqual(await ask(store, ["n", "none"]), [undefined, 1, undefined]);
    });

    it("sees what the feed has not told yet, and what is gone", async () => {
      const [a, b] = [await open("a"), await open("b", { cache: false })];
      await set(a, ["foo", "bar"], [1, 2]);
      driver.isFeedHeld = true;
      await set(a, "foo", undefined);
      await set(a, "bar.baz", 3);
      await set(a, "new", 4);
      assert.deepEqual(await ask(b, ["foo", "new"]), [undefined, undefined, 4]);
      await set(a, "late", 5);
      await set(a, "new", undefined);
      assert.deepEqual(await keysOf(b), ["bar", "late"]);
    });

    it("reads back what it has set itself, and answers the error of a store that is away", async () => {
      const store = await open("a", { cache: false });
      store.set("flow", "foo", 1);
      assert.deepEqual(await ask(store, "foo"), [undefined, 1]);
      driver.away = AWAY;
      assert.deepEqual(await ask(store, "foo"), [AWAY]);
      assert.ok((await ask(store, ".foo"))[0] instanceof Error);
    });
  });

  it("gives back what stands where a value grows too large for the store part by part", async () => {
    const store = await open("a");
    const half = Buffer.alloc(driver.capabilities.maxValue / 2);
    await set(store, "foo.a", half);
    const error = await set(store, "foo.b", half);
    assert.match(String(error), /value must be at most/);
    await until(() => store.get("flow", "foo.b") === undefined);
    assert.deepEqual(store.get("flow", "foo"), { a: half });
    assert.match(warnings.join(), /context "foo" was not stored/);
  });

  it("reads no rubbish, and can be set over it", async () => {
    driver.set("context/flow/foo", Buffer.from("rubbish"));
    driver.set("context/odd", Buffer.from("rubbish"));
    const store = await open("a");
    assert.throws(() => store.get("flow", "foo"), { code: "BAD_RECORD" });
    const error = await set(store, "foo.bar", 1);
    assert.ok(error instanceof StitchError && error.code === "BAD_RECORD");
    await store.clean([]);
    await set(store, "foo", 1);
    assert.equal(store.get("flow", "foo"), 1);
  });

  it("puts its values into a store that was begun anew", async () => {
    const store = await open("a");
    await set(store, ["foo", "bar"], [1, 2]);
    for (const { key } of await driver.snapshot("")) driver.set(key, undefined);
    store.restore();
    await until(() => store.pending === 0);
    assert.equal((await driver.snapshot("context/")).length, 2);
  });

  describe("$sessions", () => {
    const ID = { sessionId: "devices/cam-7", slot: 1 };
    const record = (seq: number): SlotRecord => ({
      epoch: 1,
      owner: "host-1",
      seq,
      state: { count: seq },
      outbox: [],
      writeId: `w.${seq}`,
    });

    it("reads the stitched sessions' state, as the hosts commit it", async () => {
      const records = new DriverRecords(driver);
      await records.write({ ...ID, slot: 0 }, record(3), 0);
      const store = await open("a", { sessions: true });
      const written = await records.write(ID, record(1), 0);
      assert.ok(written.outcome === "written");
      await records.write(ID, record(2), written.revision);
      await until(() => store.get("flow", '$sessions["devices/cam-7"][1].state.count') === 2);
      assert.deepEqual(store.get("global", '$sessions["devices/cam-7"][0]'), {
        owner: "host-1",
        epoch: 1,
        seq: 3,
        state: { count: 3 },
      });
      assert.deepEqual(store.get("flow", "$sessions"), ["devices/cam-7"]);
      assert.equal(store.get("flow", "$sessions.unknown[0].state"), undefined);
      assert.deepEqual(store.keys("flow"), []);
    });

    it("can't be set, and says what it needs", async () => {
      const store = await open("a");
      assert.throws(() => store.set("flow", "$sessions.a", 1), /\$sessions can't be set/);
      assert.throws(() => store.get("flow", "$sessions"), /needs sessions: true/);
    });
  });

  describe("$atomic", () => {
    it("loses no increment, whoever else increments", async () => {
      const trio = [await open("a"), await open("b"), await open("c")];
      await Promise.all(
        trio.flatMap((store) => Array.from({ length: 20 }, () => atomicOf(store).increment("stats.n"))),
      );
      const total = await atomicOf(trio[0] as ContextStore).increment("stats.n", 0);
      assert.equal(total, 60);
      await until(() => trio.every((store) => store.get("flow", "stats.n") === 60));
    });

    it("adds to what was set before", async () => {
      const store = await open("a");
      store.set("flow", "n", 5);
      assert.equal(await atomicOf(store).increment("n", 2), 7);
      assert.equal(store.get("flow", "n"), 7);
    });

    it("sets only on the value that is expected", async () => {
      const atomic = atomicOf(await open("a"));
      assert.equal(await atomic.compareAndSet("lock", undefined, { by: "a" }), true);
      assert.equal(await atomic.compareAndSet("lock", undefined, { by: "b" }), false);
      assert.equal(await atomic.compareAndSet("lock", { by: "a" }, undefined), true);
      assert.equal(await atomic.compareAndSet("lock", undefined, { by: "b" }), true);
    });

    it("calls an update again when somebody was quicker", async () => {
      const [a, b] = [await open("a"), await open("b")];
      const add = (item: string) => (list: unknown) => [...((list as string[] | undefined) ?? []), item];
      await Promise.all([
        ...["1", "2", "3"].map((item) => atomicOf(a).update("list", add(item))),
        ...["4", "5", "6"].map((item) => atomicOf(b).update("list", add(item))),
      ]);
      await until(() => (a.get("flow", "list") as string[]).length === 6);
      assert.deepEqual((a.get("flow", "list") as string[]).toSorted(), ["1", "2", "3", "4", "5", "6"]);
    });

    it("counts a write that landed unheard once", async () => {
      const atomic = atomicOf(await open("a"));
      driver.failures.push("lost");
      assert.equal(await atomic.increment("n"), 1);
      driver.failures.push(new StitchError("INDETERMINATE", "no answer"));
      assert.equal(await atomic.increment("n"), 2);
    });

    it("says what can't be done", async () => {
      const store = await open("a");
      store.set("flow", "text", "a");
      const atomic = atomicOf(store);
      await assert.rejects(
        () => atomic.increment("text"),
        /"text" must be a number to be incremented, got "a"/,
      );
      await assert.rejects(() => atomic.increment("n", Number.NaN), /increment must be by a number/);
      await assert.rejects(() => atomic.increment(".n"), { code: "INVALID_EXPR" });
      driver.away = AWAY;
      await assert.rejects(() => atomic.increment("n"), AWAY);
    });
  });
});
