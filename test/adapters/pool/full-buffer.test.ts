import assert from "node:assert/strict";
import { mock } from "node:test";
import { SlotTable } from "../../../src/adapters/pool/slot-table.ts";
import type { SlotId } from "../../../src/core/record/slot-record.ts";
import { LinkedPool } from "../../support/linked-pool.ts";
import { CAM, codeOf, expected, offer, send } from "../../support/offers.ts";
import { profileLike } from "../../support/session-profiles.ts";

describe("a linked gateway's buffer", () => {
  let pool: LinkedPool;
  beforeEach(() => {
    pool = new LinkedPool();
  });
  afterEach(() => pool.close());

  it("returns BUFFER_FULL rather than lose or keep without bound", async () => {
    const gateway = pool.gateway();
    // Keeping a message takes 256 bytes more.
    gateway.setBuffer(3560);
    for (let n = 1; n <= 10; n++) assert.equal(send(gateway, CAM, n, 100), undefined);
    const error = send(gateway, CAM, 11, 100);
    assert.equal(codeOf(error), "BUFFER_FULL");
    assert.match(error?.message ?? "", /3560 of 3560 bytes/);
    assert.equal(gateway.status.refused, 1);
    pool.host("host-1");
    await pool.until(() => pool.output(CAM).length === 10 && gateway.status.retained === 0);
    assert.equal(send(gateway, CAM, 11, 100), undefined);
  });

  it("keeps waiting what may not be lost, in order and bounded, until there is room", async () => {
    const gateway = pool.gateway();
    gateway.setBuffer(7120);
    const qos = { loss: "none", order: "key", priority: 4 } as const;
    pool.sessions.entry(CAM.sessionId).profile = {
      ...profileLike({ sessionId: CAM.sessionId, atMs: 0, messages: [1] }),
      qos,
    };
    for (let n = 1; n <= 20; n++) assert.equal(send(gateway, CAM, n, 100), undefined);
    const waiting = [21, 22, 23].map((n) => offer(gateway, CAM, n, 100));
    assert.ok(waiting.every((offered) => offered instanceof Promise));
    assert.equal(gateway.status.blocked, 3);
    // A quarter of the buffer at most.
    assert.equal(codeOf(send(gateway, CAM, 24, 700)), "BUFFER_FULL");
    pool.host("host-1");
    assert.deepEqual(await Promise.all(waiting), [undefined, undefined, undefined]);
    await pool.until(() => pool.output(CAM).length === 23);
    assert.deepEqual(pool.output(CAM), expected(23));
    assert.equal(gateway.status.blocked, 0);
  });

  it("counts small messages that wait with what keeping them takes", () => {
    const gateway = pool.gateway();
    gateway.setBuffer(100_000);
    const qos = { loss: "none", order: "key", priority: 4 } as const;
    pool.sessions.entry(CAM.sessionId).profile = {
      ...profileLike({ sessionId: CAM.sessionId, atMs: 0, messages: [1] }),
      qos,
    };
    for (let n = 1; n <= 5000; n++) void offer(gateway, CAM, n, 1);
    const { retained, blocked = 0 } = gateway.status;
    assert.ok(blocked > 0 && blocked <= retained / 4, `${blocked} wait, ${retained} are kept`);
  });

  it("delivers what has waited, also of a session that was closed meanwhile to make room for another", async () => {
    const gateway = pool.gateway({ maxSessions: 2 });
    gateway.setBuffer(3560);
    const qos = { loss: "none", order: "key", priority: 4 } as const;
    pool.sessions.entry("rare").profile = {
      ...profileLike({ sessionId: "rare", atMs: 0, messages: [1] }),
      qos,
    };
    const [rare, other] = ["rare", "other"].map((sessionId) => ({ sessionId, slot: 0 })) as [SlotId, SlotId];
    for (let n = 1; n <= 10; n++) assert.equal(send(gateway, CAM, n, 100), undefined);
    const waiting = offer(gateway, rare, 1, 100);
    assert.equal(gateway.status.blocked, 1);
    await new Promise((next) => setTimeout(next, 2));
    // It has said something later than the one that waits.
    assert.equal(codeOf(send(gateway, CAM, 11, 100)), "BUFFER_FULL");
    assert.equal(codeOf(send(gateway, other, 1, 100)), "BUFFER_FULL");
    pool.host("host-1");
    assert.equal(await waiting, undefined);
    await pool.until(() => gateway.status.retained === 0);
    assert.deepEqual(pool.output(rare), expected(1));
  });

  it("gives what waits back when it is closed", async () => {
    const gateway = pool.gateway();
    gateway.setBuffer(2000);
    const qos = { loss: "none", order: "key", priority: 4 } as const;
    pool.sessions.entry(CAM.sessionId).profile = {
      ...profileLike({ sessionId: CAM.sessionId, atMs: 0, messages: [1] }),
      qos,
    };
    for (let n = 1; n <= 5; n++) assert.equal(send(gateway, CAM, n, 100), undefined);
    const waiting = offer(gateway, CAM, 6, 100);
    await gateway.close();
    assert.equal(codeOf(await waiting), "LINK_DOWN");
  });

  it("drops what may be lost for what may not, and tells of each", async () => {
    const gateway = pool.gateway();
    gateway.setBuffer(3560);
    const given: unknown[] = [];
    gateway.onUndeliverable(({ message, error }) => given.push([message.payload, codeOf(error)]));
    const video: SlotId = { sessionId: "video", slot: 0 };
    const some = { loss: "some", order: "key", priority: 1 } as const;
    const none = { loss: "none", order: "key", priority: 4 } as const;
    pool.sessions.entry("video").profile = {
      ...profileLike({ sessionId: "video", atMs: 0, messages: [1] }),
      qos: some,
    };
    pool.sessions.entry(CAM.sessionId).profile = {
      ...profileLike({ sessionId: CAM.sessionId, atMs: 0, messages: [1] }),
      qos: none,
    };
    for (let n = 1; n <= 10; n++) assert.equal(send(gateway, video, n, 100), undefined);
    assert.equal(send(gateway, CAM, 1, 100), undefined);
    assert.deepEqual(given.slice(0, 1), [[1, "BUFFER_FULL"]]);
    assert.equal(gateway.status.dropped, given.length);
    pool.host("host-1");
    await pool.until(() => gateway.status.retained === 0);
    assert.deepEqual(pool.output(CAM), expected(1));
    assert.equal(pool.output(video).length, 10 - given.length);
  });

  it("looks for room for a flood of new sessions now and then, not at each message", () => {
    const gateway = pool.gateway({ maxSessions: 50 });
    const looks = mock.method(SlotTable.prototype, "silentSince");
    try {
      const sinceMs = performance.now();
      for (let n = 0; n < 5000; n++) void offer(gateway, { sessionId: `cam-${n}`, slot: 0 }, 1);
      // Ten times a second, however long a busy machine takes for it.
      const most = 2 + (performance.now() - sinceMs) / 100;
      assert.ok(looks.mock.callCount() <= most, `${looks.mock.callCount()} times`);
    } finally {
      looks.mock.restore();
    }
  });

  it("knows no more sessions than it may, and makes room by those that are silent", async () => {
    const gateway = pool.gateway({ maxSessions: 4 });
    const ids = Array.from({ length: 5 }, (_, i) => ({ sessionId: `cam-${i}`, slot: 0 }));
    for (const id of ids.slice(0, 4)) assert.equal(send(gateway, id, 1), undefined);
    assert.equal(codeOf(send(gateway, ids[4] as SlotId, 1)), "BUFFER_FULL");
    pool.host("host-1");
    await pool.until(() => gateway.status.retained === 0);
    assert.equal(send(gateway, ids[4] as SlotId, 1), undefined);
    await pool.until(() => pool.output(ids[4] as SlotId).length === 1);
    assert.equal(gateway.status.slots, 4);
  });
});
