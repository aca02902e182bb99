import assert from "node:assert/strict";
import type { HostLoad } from "../../../src/core/record/host-load.ts";
import { HostTable } from "../../../src/core/route/host-table.ts";

const load = (overrides: Partial<HostLoad> = {}): HostLoad => ({
  host: "host-1",
  incarnation: "a",
  state: "up",
  atMs: 0,
  capacity: {},
  pending: 0,
  loopDelayP99Ms: 0,
  cpu: 0,
  memoryBytes: 1,
  ownedSlots: 0,
  ...overrides,
});
const UP = { type: "host-up", host: "host-1" };

describe("HostTable", () => {
  let table: HostTable;
  let nowMs: number;
  beforeEach(() => {
    table = new HostTable({ declared: [], discover: true });
    nowMs = 1000;
  });

  /** Ticks every 100 ms, as a gateway does. */
  function pass(ms: number, isListening = true): unknown[] {
    const news: unknown[] = [];
    for (const end = nowMs + ms; nowMs < end; ) {
      nowMs += 100;
      news.push(...table.tick(nowMs, isListening));
    }
    return news;
  }
  const heard = (overrides: Partial<HostLoad> = {}): unknown[] => table.heartbeat(load(overrides), nowMs);
  const standing = () => table.standing("host-1");

  it("knows a host by its first heartbeat, and tells of it once", () => {
    assert.deepEqual(heard(), [UP]);
    assert.deepEqual(heard(), []);
    assert.equal(standing()?.state, "up");
  });

  it("suspects a host after three missed heartbeats, and takes it back with the next", () => {
    heard();
    pass(1600);
    assert.equal(standing()?.state, "up");
    assert.deepEqual(pass(400), [
      { type: "host-suspect", host: "host-1", reason: "host-1: 3 heartbeats missed" },
    ]);
    assert.equal(standing()?.reason, "3 heartbeats missed");
    assert.deepEqual(pass(5000), [], "told once");
    assert.deepEqual(heard(), [UP]);
    assert.equal(standing()?.reason, undefined);
  });

  it("misses nobody while it could not listen", () => {
    heard();
    assert.deepEqual(pass(10_000, false), []);
    // The process stood still for a minute.
    nowMs += 60_000;
    assert.deepEqual(table.tick(nowMs, true), []);
    assert.equal(pass(2000).length, 1);
  });

  it("is told at once of a host that says goodbye", () => {
    heard();
    assert.deepEqual(heard({ state: "gone" }), [
      { type: "host-suspect", host: "host-1", reason: "host-1 is gone" },
    ]);
    assert.deepEqual(heard({ state: "gone" }), []);
    assert.deepEqual(heard({ incarnation: "b" }), [UP, { type: "host-restarted", host: "host-1" }]);
  });

  it("tells of a restart that was too short to be missed", () => {
    heard();
    assert.deepEqual(heard({ incarnation: "b" }), [{ type: "host-restarted", host: "host-1" }]);
  });

  it("keeps a draining host up", () => {
    heard();
    assert.deepEqual(heard({ state: "draining" }), []);
    assert.equal(standing()?.state, "draining");
    assert.equal(pass(2000).length, 1, "it can be lost all the same");
  });

  it("takes the capacity that is declared, then what is measured while messages wait", () => {
    heard({ capacity: { messagesPerSec: 100, bytesPerSec: 5000 } });
    assert.deepEqual(standing()?.capacity, { messagesPerSec: 100, bytesPerSec: 5000 });
    heard({ capacity: { messagesPerSec: 100 }, serviceRatePerSec: 20, pending: 3 });
    assert.deepEqual(
      standing()?.capacity,
      { messagesPerSec: 100 },
      "not busy: that is what came, not what it can",
    );
    heard({ capacity: { messagesPerSec: 100 }, serviceRatePerSec: 40, pending: 30 });
    assert.deepEqual(standing()?.capacity, { messagesPerSec: 40 });
    assert.equal(standing()?.isMeasured, true);
  });

  it("lets a measured capacity go back to the declared one", () => {
    heard({ capacity: { messagesPerSec: 100 }, serviceRatePerSec: 40, pending: 30 });
    for (let i = 0; i < 60; i++) {
      nowMs += 10_000;
      heard({ capacity: { messagesPerSec: 100 }, serviceRatePerSec: 40, pending: 0 });
    }
    const { messagesPerSec = 0 } = standing()?.capacity ?? {};
    assert.ok(messagesPerSec > 85 && messagesPerSec < 100, `${messagesPerSec}`);
  });

  it("prefers the pool's declaration to the host's own, limit by limit", () => {
    const declared = [{ host: "host-1", weight: 2, capacity: { messagesPerSec: 50 } }];
    table = new HostTable({ declared, discover: false });
    assert.equal(standing()?.state, "declared");
    heard({ capacity: { messagesPerSec: 100, bytesPerSec: 5000 } });
    assert.deepEqual(standing()?.capacity, { messagesPerSec: 50, bytesPerSec: 5000 });
    assert.equal(standing()?.weight, 2);
  });

  it("takes strangers only where it may, and never without bound", () => {
    table = new HostTable({ declared: [], discover: false });
    assert.deepEqual(heard(), []);
    table = new HostTable({ declared: [], discover: true });
    for (let i = 0; i < 1000; i++) heard({ host: `host-${i}` });
    assert.equal(table.size, 256);
  });

  it("does not judge a host with heartbeats by deliveries", () => {
    heard();
    for (let i = 0; i < 10; i++)
      assert.deepEqual(table.feedback({ host: "host-1", failed: true }, nowMs), []);
  });

  it("gives an ejected wired host another chance, later each time", () => {
    const declared = ["host-1", "host-2"].map((host) => ({ host, weight: 1, capacity: {} }));
    table = new HostTable({ declared, discover: false });
    const eject = (): number =>
      Array.from({ length: 5 }, () => table.feedback({ host: "host-1", failed: true }, nowMs)).flat().length;
    assert.equal(eject(), 1);
    assert.deepEqual(pass(29_000), []);
    assert.deepEqual(pass(2000), [UP]);
    assert.equal(eject(), 1);
    assert.deepEqual(pass(59_000), []);
    assert.deepEqual(pass(2000), [UP]);
    assert.equal(eject(), 1);
    assert.deepEqual(
      table.feedback({ host: "host-1", failed: false }, nowMs),
      [UP],
      "at once if it went well",
    );
  });
});
