import assert from "node:assert/strict";
import type { GatewayOptions } from "../../../src/adapters/pool/gateway-options.ts";
import type { Gateway } from "../../../src/adapters/pool/gateway-pool.ts";
import { createGateway } from "../../../src/adapters/pool/gateway-runtime.ts";
import { SessionDirectory } from "../../../src/adapters/pool/session-directory.ts";
import { StreamLog } from "../../../src/adapters/pool/stream-log.ts";
import type { StitchError } from "../../../src/core/errors.ts";
import type { SlotId } from "../../../src/core/record/slot-record.ts";
import type { PoolSettings } from "../../../src/core/stitch/pool-settings.ts";
import type { PlanEvent } from "../../../src/core/stitch/protocol.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { settings } from "../../support/linked-pool.ts";
import { MemoryDriver } from "../../support/memory-driver.ts";
import { seededRandom } from "../../support/seeded-random.ts";

const host = (name: string, messagesPerSec = 100) => ({
  host: name,
  weight: 1,
  capacity: { messagesPerSec },
});
const cam = (i: number): SlotId => ({ sessionId: `cam-${i}`, slot: 0 });

describe("a wired gateway", () => {
  let gateway: Gateway;
  let clock: FakeClock;
  let events: PlanEvent[];

  function create(overrides: Partial<PoolSettings> = {}, log: Partial<GatewayOptions> = {}): void {
    const hosts = [host("host-1"), host("host-2"), host("host-3")];
    gateway = createGateway({
      settings: { ...settings, hosts, ...overrides },
      sessions: new SessionDirectory(100),
      clock,
      link: undefined,
      records: undefined,
      random: seededRandom(1),
      ...log,
      onError: (error) => {
        throw error;
      },
    });
    gateway.onPlanEvent((event) => events.push(event));
  }
  const ownersOf = (count: number): (string | undefined)[] =>
    Array.from({ length: count }, (_, i) => gateway.take(cam(i), 1, 1).owner);

  beforeEach(() => {
    clock = new FakeClock(1000);
    events = [];
  });
  afterEach(() => gateway.close());

  it("gives every session a host, the same after a restart", async () => {
    create();
    const before = ownersOf(60);
    assert.deepEqual(new Set(before), new Set(["host-1", "host-2", "host-3"]));
    await gateway.close();
    create();
    assert.deepEqual(ownersOf(60), before);
  });

  it("gives up what an earlier gateway left on disk for hosts of a broker, once", async () => {
    const driver = new MemoryDriver();
    const log = (): StreamLog => new StreamLog({ driver: driver.again(), onError: assert.fail });
    const before = log();
    await before.open();
    for (const payload of [1, 2]) await before.append(cam(1), { payload, bytes: 8, atMs: 0 });
    await before.close();
    create({}, { openLog: log, hasLog: () => driver.size > 0 });
    const told: unknown[] = [];
    await new Promise<void>((next) => {
      gateway.onUndeliverable(({ id, message, error }) => {
        told.push([id.sessionId, message.payload, (error as StitchError).code]);
        if (told.length === 2) next();
      });
    });
    await gateway.close();
    assert.deepEqual(told, [
      ["cam-1", 1, "LINK_DOWN"],
      ["cam-1", 2, "LINK_DOWN"],
    ]);
    assert.equal(driver.size, 0);
  });

  it("takes a route's outputs for hosts where the pool lists none, also for what came before", () => {
    create({ hosts: [] });
    assert.equal(gateway.take(cam(1), 1, 1).owner, undefined);
    gateway.wire(["host-1", "host-2"]);
    assert.deepEqual(new Set(ownersOf(60)), new Set(["host-1", "host-2"]));
  });

  it("leaves a pool that lists its hosts as it is", () => {
    create({ hosts: [host("host-1")] });
    gateway.wire(["host-1", "host-2"]);
    assert.deepEqual(new Set(ownersOf(60)), new Set(["host-1"]));
  });

  it("hands the same mark to all messages of a slot", () => {
    create();
    const mark = gateway.take(cam(1), 1, 100);
    assert.ok(Object.isFrozen(mark) && Object.isFrozen(mark.shares));
    assert.equal(gateway.take(cam(1), 1, 100), mark);
  });

  it("keeps the shares of a session's slots, which begin at one host", () => {
    create();
    for (let slot = 0; slot < 4; slot++) gateway.take({ sessionId: "cam", slot }, 4, 1);
    const { owner, shares } = gateway.take({ sessionId: "cam", slot: 0 }, 4, 1);
    assert.deepEqual(shares, { [owner as string]: 1 });
  });

  it("moves the sessions of a host that failed five times in a row, and only those", () => {
    create();
    const before = ownersOf(60);
    for (let i = 0; i < 4; i++) gateway.feedback({ host: "host-1", failed: true });
    gateway.feedback({ host: "host-1", failed: false });
    for (let i = 0; i < 4; i++) gateway.feedback({ host: "host-1", failed: true });
    assert.deepEqual(ownersOf(60), before, "not in a row");
    gateway.feedback({ host: "host-1", failed: true });
    const after = ownersOf(60);
    assert.ok(!after.includes("host-1"));
    for (const [i, owner] of before.entries()) if (owner !== "host-1") assert.equal(after[i], owner);
    const moved = events.filter(({ kind }) => kind === "failed-over");
    assert.equal(moved.length, before.filter((owner) => owner === "host-1").length);
    assert.equal(moved[0]?.reason, "host-1: 5 failures in a row");
    assert.equal(moved[0]?.epoch, 2);
  });

  it("never ejects more than half of the pool", () => {
    create();
    for (const name of ["host-1", "host-2", "host-3"])
      for (let i = 0; i < 9; i++) gateway.feedback({ host: name, failed: true });
    const states = gateway.hosts().map(({ state }) => state);
    assert.deepEqual(states, ["suspect", "declared", "declared"]);
  });

  it("says where messages go whose pool has no host", () => {
    create({ hosts: [] });
    assert.deepEqual(gateway.take(cam(1), 1, 1), { slot: 0, epoch: 0, owner: undefined, shares: {} });
  });

  it("forgets the longest silent sessions where it may know no more", () => {
    create({ maxSessions: 10 });
    for (let i = 0; i < 30; i++) {
      clock.advance(1);
      assert.ok(gateway.take(cam(i), 1, 1).owner);
      assert.ok(gateway.status.slots <= 10);
    }
    assert.equal(gateway.take(cam(29), 1, 1).epoch, 1);
  });

  it("refuses to deliver by a broker that it has not", () => {
    create();
    const message = { payload: 1, bytes: 1, atMs: 0 };
    const refused = gateway.offer(cam(1), message);
    assert.match(refused instanceof Error ? refused.message : "", /pool pool has no broker/);
    assert.equal(gateway.status.link, "wired");
  });
});
