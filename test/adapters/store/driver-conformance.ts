import assert from "node:assert/strict";
import fc from "fast-check";
import { StitchError } from "../../../src/core/errors.ts";
import type { StoreChange, StoreDriver } from "../../../src/core/record/store-driver.ts";

/** What a driver's tests give: opened drivers on one and the same store, empty at first. */
export interface Bench {
  /** Another connection to the store. */
  connect(): Promise<StoreDriver>;
  /** Closes all connections and removes the store. */
  end(): Promise<void>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (value: Uint8Array | undefined): string | undefined =>
  value && new TextDecoder().decode(value);

/** Waits for the changes a watcher is told until `count` of them are there. */
class Feed {
  readonly changes: StoreChange[] = [];
  #wanted = Number.POSITIVE_INFINITY;
  #resolve = (): void => undefined;

  readonly onChange = (change: StoreChange): void => {
    this.changes.push(change);
    if (this.changes.length >= this.#wanted) this.#resolve();
  };

  get told(): (readonly [string, string | undefined])[] {
    return this.changes.map(({ key, value }) => [key, textOf(value)]);
  }

  async first(count: number): Promise<this> {
    this.#wanted = count;
    if (this.changes.length < count)
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
      });
    return this;
  }
}

interface Step {
  readonly kind: "put" | "cas" | "delete";
  readonly key: string;
  /** Names the right revision, or a wrong one. */
  readonly isRight: boolean;
  readonly value: Uint8Array;
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("put", "cas", "delete"),
  key: fc.constantFrom("a", "b", "a/1"),
  isRight: fc.boolean(),
  value: fc.uint8Array({ maxLength: 40 }),
});

type Model = Map<string, { readonly value: Uint8Array; readonly revision: number }>;

async function take(driver: StoreDriver, model: Model, name: string, step: Step): Promise<void> {
  const { kind, isRight, value } = step;
  const current = model.get(name)?.revision ?? 0;
  const expected = isRight ? current : current + 1;
  if (kind === "put") {
    model.set(name, { value, revision: await driver.put(name, value) });
    return;
  }
  const done = await (kind === "cas" ? driver.cas(name, value, expected) : driver.delete(name, expected));
  assert.equal(done.ok, isRight);
  if (!isRight) assert.equal(done.revision, current);
  else if (kind === "cas") model.set(name, { value, revision: done.revision });
  else model.delete(name);
}

async function compareWithModel(driver: StoreDriver, prefix: string, steps: readonly Step[]): Promise<void> {
  const model: Model = new Map();
  for (const step of steps) {
    const name = prefix + step.key;
    await take(driver, model, name, step);
    const [entry, stands] = [await driver.get(name), model.get(name)];
    assert.equal(entry?.revision, stands?.revision);
    assert.deepEqual(entry && [...entry.value], stands && [...stands.value]);
  }
  const keys = (await driver.snapshot(prefix)).map((entry) => entry.key);
  assert.deepEqual(keys, [...model.keys()].sort());
}

/** The rules of the port `StoreDriver`, for any driver; what it can't do by its capabilities is left out. */
export function itIsAStoreDriver(start: () => Promise<Bench>): void {
  let bench: Bench;
  let driver: StoreDriver;
  beforeEach(async () => {
    bench = await start();
    driver = await bench.connect();
  });
  afterEach(() => bench.end());

  it("knows no key at first", async () => {
    assert.equal(await driver.get("a"), undefined);
    assert.deepEqual(await driver.snapshot(""), []);
    assert.equal(driver.health().state, "ready");
  });

  it("keeps values byte for byte, also of views into larger buffers", async () => {
    const slab = Buffer.from("..hello..");
    const value = slab.subarray(2, 7);
    const revision = await driver.put("a", value);
    assert.equal(slab.toString(), "..hello..", "the caller keeps its memory");
    const entry = await driver.get("a");
    assert.deepEqual(entry && [entry.key, textOf(entry.value), entry.revision], ["a", "hello", revision]);
    await driver.put("none", new Uint8Array(0));
    assert.equal((await driver.get("none"))?.value.byteLength, 0);
  });

  it("takes any valid key", async () => {
    const keys = ["a/b", "é漢🙂", "a\0b", "%", "x".repeat(2048)];
    for (const key of keys) await driver.put(key, bytes(key));
    for (const key of keys) assert.equal(textOf((await driver.get(key))?.value), key);
  });

  it("refuses a value above its limit, and goes on", async () => {
    const large = new Uint8Array(driver.capabilities.maxValue + 1);
    await assert.rejects(
      () => driver.put("a", large),
      (error: unknown) => error instanceof StitchError && error.code === "VALUE_TOO_LARGE",
    );
    assert.ok((await driver.put("a", bytes("1"))) > 0);
  });

  it("counts revisions over the whole store", async () => {
    const first = await driver.put("a", bytes("1"));
    const second = await driver.put("b", bytes("1"));
    const third = await driver.put("a", bytes("2"));
    assert.ok(first > 0 && second > first && third > second);
  });

  it("writes by compare-and-set only on the revision that stands", async function () {
    if (!driver.capabilities.cas) this.skip();
    const created = await driver.cas("a", bytes("1"), 0);
    assert.ok(created.ok);
    assert.deepEqual(await driver.cas("a", bytes("x"), 0), { ok: false, revision: created.revision });
    const changed = await driver.cas("a", bytes("2"), created.revision);
    assert.ok(changed.ok && changed.revision > created.revision);
    assert.deepEqual(await driver.cas("a", bytes("x"), created.revision), {
      ok: false,
      revision: changed.revision,
    });
    assert.deepEqual(await driver.cas("other", bytes("x"), 7), { ok: false, revision: 0 });
    assert.equal(textOf((await driver.get("a"))?.value), "2");
  });

  it("takes a deleted key for absent", async function () {
    if (!driver.capabilities.cas) this.skip();
    const revision = await driver.put("a", bytes("1"));
    assert.equal((await driver.delete("a", revision + 1)).ok, false);
    assert.equal((await driver.delete("a", revision)).ok, true);
    assert.equal(await driver.get("a"), undefined);
    assert.deepEqual(await driver.snapshot(""), []);
    assert.equal((await driver.delete("a")).ok, true);
    const again = await driver.cas("a", bytes("2"), 0);
    assert.ok(again.ok && again.revision > revision);
  });

  it("lets one of many writers win each revision", async function () {
    if (!driver.capabilities.cas) this.skip();
    const writers = [driver, await bench.connect(), await bench.connect()];
    const add = async (writer: StoreDriver): Promise<void> => {
      for (;;) {
        const entry = await writer.get("n");
        const next = bytes(String(Number(textOf(entry?.value) ?? 0) + 1));
        if ((await writer.cas("n", next, entry?.revision ?? 0)).ok) return;
      }
    };
    await Promise.all(writers.flatMap((writer) => Array.from({ length: 10 }, () => add(writer))));
    assert.equal(textOf((await driver.get("n"))?.value), "30");
  });

  it("lists a prefix by key, nothing else", async () => {
    for (const key of ["b/2", "a", "b/10", "b", "b/1", "c", "b/é"]) await driver.put(key, bytes(key));
    const found = await driver.snapshot("b/");
    assert.deepEqual(
      found.map(({ key }) => key),
      ["b/1", "b/10", "b/2", "b/é"],
    );
  });

  it("shows a write to other connections", async () => {
    const other = await bench.connect();
    await driver.put("a", bytes("1"));
    assert.equal(textOf((await other.get("a"))?.value), "1");
  });

  it("tells watchers of changes by any connection, in order", async () => {
    const other = await bench.connect();
    const feed = new Feed();
    await other.watch("a/", feed.onChange);
    await driver.put("a/1", bytes("1"));
    await feed.first(1);
    await driver.put("b", bytes("x"));
    await driver.delete("a/1");
    await feed.first(2);
    await other.put("a/2", bytes("2"));
    await feed.first(3);
    assert.deepEqual(feed.told, [
      ["a/1", "1"],
      ["a/1", undefined],
      ["a/2", "2"],
    ]);
    const revisions = feed.changes.map(({ revision }) => revision);
    assert.deepEqual(
      revisions,
      revisions.toSorted((a, b) => a - b),
    );
  });

  it("tells each watcher of its own prefix, until it ends", async () => {
    const [ended, feed] = [new Feed(), new Feed()];
    const end = await driver.watch("a", ended.onChange);
    await driver.watch("", feed.onChange);
    end();
    await driver.put("a", bytes("1"));
    await driver.put("b", bytes("2"));
    await feed.first(2);
    assert.deepEqual(ended.told, []);
  });

  it("goes on from a revision without a gap", async function () {
    if (!driver.capabilities.resumeFeed) this.skip();
    await driver.put("a", bytes("old"));
    const since = await driver.put("b", bytes("seen"));
    await driver.put("c", bytes("1"));
    await driver.delete("a");
    await driver.put("c", bytes("2"));
    const feed = new Feed();
    const other = await bench.connect();
    await other.watch("", feed.onChange, { sinceRevision: since });
    await driver.put("d", bytes("3"));
    await feed.first(3);
    assert.deepEqual(feed.told, [
      ["a", undefined],
      ["c", "2"],
      ["d", "3"],
    ]);
  });

  it("answers nothing once it is closed", async () => {
    await driver.close();
    assert.equal(driver.health().state, "closed");
    await assert.rejects(() => driver.get("a"));
    await driver.close();
  });

  it("is a Map with revisions, whatever is done to it", async function () {
    if (!driver.capabilities.cas) this.skip();
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 15 }), (steps) =>
        compareWithModel(driver, `${round++}/`, steps),
      ),
      { numRuns: 40, seed: 7 },
    );
  });
}
