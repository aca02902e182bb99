import assert from "node:assert/strict";
import { mock } from "node:test";
import fc from "fast-check";
import { MirroredDriver } from "../../../src/adapters/store/mirrored-driver.ts";
import { withStamp } from "../../../src/adapters/store/stamped-value.ts";
import type { StoreHealth } from "../../../src/core/record/store-driver.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { MemoryDriver } from "../../support/memory-driver.ts";
import { MemoryBroker, type MemoryMirrorLink } from "../../support/memory-mirror.ts";
import { turns, until } from "../../support/turns.ts";
import { itIsAStoreDriver } from "./driver-conformance.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);
/** Values of the tests begin with their epoch. */
const epochOf = (_key: string, value: Uint8Array): number => Number(Buffer.from(value).toString()[0] ?? 0);

interface Machine {
  readonly local: MemoryDriver;
  readonly link: MemoryMirrorLink;
  readonly clock: FakeClock;
  readonly driver: MirroredDriver;
}

describe("MirroredDriver", () => {
  let broker: MemoryBroker;
  let machines: Machine[];
  let errors: Error[];
  beforeEach(() => {
    broker = new MemoryBroker();
    [machines, errors] = [[], []];
  });
  afterEach(() => Promise.all(machines.map(({ driver }) => driver.close())));

  function machine(
    options: { local?: MemoryDriver; onHealth?: (health: StoreHealth) => void } = {},
  ): Machine {
    const { local = new MemoryDriver(), onHealth } = options;
    const [link, clock] = [broker.connect(), new FakeClock(1000)];
    const driver = new MirroredDriver({
      local,
      link,
      clock,
      node: `node-${String(machines.length).padStart(3, "0")}`,
      epochOf,
      onBadMessage: (error) => errors.push(error),
      ...(onHealth ? { onHealth } : undefined),
    });
    const made = { local, link, clock, driver };
    machines.push(made);
    return made;
  }
  const textOf = async ({ driver }: Machine, key: string): Promise<string | undefined> => {
    const entry = await driver.get(key);
    return entry && Buffer.from(entry.value).toString();
  };
  const settled = async (): Promise<void> => {
    await until(() => machines.every(({ driver }) => driver.pending === 0));
    await turns(12);
  };

  describe("is a driver of one machine, whose compare-and-set is not promised beyond it", () =>
    itIsAStoreDriver(async () => {
      broker = new MemoryBroker();
      const one = machine();
      one.link.connect();
      return { connect: async () => one.driver, end: () => one.driver.close() };
    }));

  it("writes and deletes on the revision that stands, on its machine", async () => {
    const { driver } = machine();
    const created = await driver.cas("a", bytes("1"), 0);
    assert.ok(created.ok);
    assert.equal((await driver.cas("a", bytes("1x"), 0)).ok, false);
    assert.ok((await driver.delete("a", created.revision)).ok);
    assert.deepEqual(await driver.cas("a", bytes("1"), created.revision), { ok: false, revision: 0 });
    assert.ok((await driver.cas("a", bytes("2"), 0)).ok, "a deleted key is absent");
    assert.equal(driver.capabilities.cas, false);
  });

  it("brings writes and deletions to other machines", async () => {
    const [a, b] = [machine(), machine()];
    for (const { link } of machines) link.connect();
    await a.driver.put("k/1", bytes("1 hello"));
    await settled();
    assert.equal(await textOf(b, "k/1"), "1 hello");
    await b.driver.delete("k/1");
    await settled();
    assert.equal(await textOf(a, "k/1"), undefined);
    assert.deepEqual(await a.driver.snapshot(""), []);
  });

  it("publishes each write once, and takes no echo for news", async () => {
    const [a] = [machine(), machine()];
    for (const { link } of machines) link.connect();
    const revision = await a.driver.put("k", bytes("1"));
    await settled();
    assert.equal(broker.published, 1);
    assert.equal((await a.driver.get("k"))?.revision, revision);
  });

  it("publishes while the disk is at it, once", async () => {
    const a = machine();
    a.link.connect();
    a.local.isDeciding = true;
    a.local.failures.push("hang");
    void a.driver.put("k", bytes("0"));
    await until(() => broker.published === 1);
    const revision = await a.driver.put("k", bytes("1"));
    assert.ok((await a.driver.cas("k", bytes("2"), revision)).ok);
    assert.equal((await a.driver.cas("k", bytes("3"), revision)).ok, false);
    await settled();
    assert.equal(broker.published, 3);
    assert.equal(await textOf(a, "k"), "2");
  });

  it("publishes a put as it is asked for, but nothing that is compared first", async () => {
    const a = machine();
    a.link.connect();
    a.local.isAsking = true;
    a.local.failures.push("hang");
    void a.driver.put("k", bytes("0"));
    await until(() => broker.published === 1);
    assert.equal(await textOf(a, "k"), undefined);
    assert.equal((await a.driver.cas("k", bytes("1"), 7)).ok, false);
    await settled();
    assert.equal(broker.published, 1);
  });

  it("leaves the fate of a write open that the mirror has and the disk has not, and takes it back", async () => {
    const [a, b] = [machine(), machine()];
    for (const { link } of machines) link.connect();
    a.local.isDeciding = true;
    a.local.failures.push("disk");
    await assert.rejects(() => a.driver.put("k", bytes("1")), {
      code: "INDETERMINATE",
      message: "the disk is full; the mirror has it already",
    });
    await settled();
    assert.deepEqual([await textOf(a, "k"), await textOf(b, "k")], ["1", "1"]);
  });

  it("says that a write failed which nobody has heard of", async () => {
    const a = machine();
    a.local.isDeciding = true;
    a.local.failures.push("disk");
    await assert.rejects(() => a.driver.put("k", bytes("1")), { code: "STORE_UNAVAILABLE" });
    a.link.connect();
    await settled();
    assert.deepEqual([broker.published, await textOf(a, "k")], [0, undefined]);
  });

  it("brings what was written while the broker was away, and only that", async () => {
    const [a, b] = [machine(), machine()];
    for (const { link } of machines) link.connect();
    await a.driver.put("old", bytes("1"));
    await settled();
    a.link.cut();
    await a.driver.put("new", bytes("1 new"));
    assert.deepEqual(a.driver.health(), {
      state: "degraded",
      reason: "mirror: cut; the local store goes on",
      isOnDisk: true,
    });
    a.link.connect();
    await settled();
    assert.equal(await textOf(b, "new"), "1 new");
    assert.equal(broker.published, 2);
    assert.equal(a.driver.health().state, "ready");
  });

  it("fills a new machine from the broker, and the broker from a machine", async () => {
    const a = machine();
    a.link.connect();
    await a.driver.put("k", bytes("1"));
    await settled();
    const late = machine();
    late.link.connect();
    await settled();
    assert.equal(await textOf(late, "k"), "1");
    // The broker has lost all.
    broker.retained.clear();
    a.link.cut();
    a.link.connect();
    await settled();
    assert.ok(broker.retained.has("k"));
  });

  it("lets the later epoch win, whatever the clocks say", async () => {
    const [a, b] = [machine(), machine()];
    b.clock.advance(30_000);
    await a.driver.put("k", bytes("2 the new owner's"));
    await b.driver.put("k", bytes("1 the old owner's"));
    for (const { link } of machines) link.connect();
    await settled();
    for (const each of machines) assert.equal(await textOf(each, "k"), "2 the new owner's");
  });

  it("orders a write after the one that it has seen, although its clock is behind", async () => {
    const [a, b] = [machine(), machine()];
    a.clock.advance(30_000);
    for (const { link } of machines) link.connect();
    await a.driver.put("k", bytes("1 first"));
    await settled();
    await b.driver.put("k", bytes("1 second"));
    await settled();
    for (const each of machines) assert.equal(await textOf(each, "k"), "1 second");
  });

  it("takes nothing from a clock that is far ahead, nor what is no stamped value", async () => {
    const one = machine();
    one.link.connect();
    const stamp = { epoch: 1, ms: 1e12, count: 0, node: "stranger" };
    broker.publish("k", withStamp({ stamp, value: bytes("1") }));
    broker.publish("k", bytes("rubbish"));
    await until(() => errors.length === 2);
    assert.equal(await textOf(one, "k"), undefined);
  });

  it("takes what it refused while its own clock was behind, once that is right", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const [right, behind] = [machine(), machine()];
      for (const { link } of machines) link.connect();
      right.clock.advance(3_600_000);
      await right.driver.put("k", bytes("1 right"));
      await until(() => errors.length === 1);
      assert.match(errors[0]?.message ?? "", /k: the clock of node-000 is ahead of this machine's/);
      mock.timers.tick(10_000);
      await turns(12);
      assert.equal(errors.length, 1, "it is not asked for in vain");
      behind.clock.advance(3_600_000);
      mock.timers.tick(10_000);
      await turns(12);
      assert.equal(await textOf(behind, "k"), "1 right");
    } finally {
      mock.timers.reset();
    }
  });

  it("orders its writes by what it has seen when its clock steps back", async () => {
    const [a, b] = [machine(), machine()];
    for (const { link } of machines) link.connect();
    for (const { clock } of machines) clock.advance(7_200_000);
    await a.driver.put("k", bytes("1 before"));
    await settled();
    a.clock.advance(-3_600_000);
    await a.driver.put("k", bytes("1 after"));
    await settled();
    for (const each of [a, b]) assert.equal(await textOf(each, "k"), "1 after");
  });

  it("stamps what was written before there was a mirror", async () => {
    const local = new MemoryDriver();
    local.set("k", bytes("1 old"));
    machine({ local }).link.connect();
    const b = machine();
    b.link.connect();
    await until(() => broker.published > 0);
    await settled();
    assert.equal(await textOf(b, "k"), "1 old");
  });

  it("ends with the same values everywhere, whatever is written where and whoever is cut off", async () => {
    const step = fc.record({
      who: fc.nat(2),
      what: fc.oneof(
        fc.constantFrom("cut" as const, "connect" as const, "delete" as const),
        fc.record({ epoch: fc.integer({ min: 1, max: 3 }), text: fc.string({ maxLength: 3 }) }),
      ),
      key: fc.constantFrom("a", "b"),
      pause: fc.nat(4),
      laterMs: fc.nat(3),
    });
    type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
    const perform = async ({ driver, link }: Machine, { what, key }: Step): Promise<void> => {
      if (what === "cut") link.cut();
      else if (what === "connect") link.connect();
      else if (what === "delete") await driver.delete(key);
      else await driver.put(key, bytes(`${what.epoch} ${what.text}`));
    };
    const converge = async (steps: readonly Step[]): Promise<void> => {
      broker = new MemoryBroker();
      machines = [];
      const trio = [machine(), machine(), machine()];
      for (const each of steps) {
        const one = trio[each.who] as Machine;
        one.clock.advance(each.laterMs);
        await perform(one, each);
        await turns(each.pause);
      }
      for (const { link } of trio) link.connect();
      await settled();
      const [first, ...others] = await Promise.all(
        trio.map(async (each) => [await textOf(each, "a"), await textOf(each, "b")]),
      );
      for (const other of others) assert.deepEqual(other, first);
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 10 }), converge), {
      numRuns: 100,
      seed: 11,
    });
    assert.deepEqual(errors, []);
  });
});
