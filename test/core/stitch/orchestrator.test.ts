import assert from "node:assert/strict";

import { ID, Stitcher, stored } from "../../support/one-slot-stitcher.ts";

describe("Orchestrator", () => {
  describe("opening a slot", () => {
    it("creates its record", () => {
      const stitcher = new Stitcher();
      assert.deepEqual(stitcher.handle({ type: "open", id: ID, first: "A" }), ["write A@1 on 0"]);
      assert.equal(stitcher.state, "opening");
      assert.deepEqual(stitcher.written(1), ["assign A@1 after 0", "opened"]);
      assert.equal(stitcher.state, "single");
      const { seq, state, outbox } = stitcher.write.record;
      assert.deepEqual([seq, state, outbox], [0, undefined, []]);
      assert.deepEqual(stitcher.handle({ type: "open", id: ID, first: "B" }), [], "it is open");
    });

    it("takes over what stands, at a new epoch, where its owner is up", () => {
      const stitcher = new Stitcher();
      stitcher.handle({ type: "open", id: ID, first: "A" });
      assert.deepEqual(stitcher.conflict(stored(8, { owner: "B", epoch: 4, seq: 70 })), ["write B@5 on 8"]);
      assert.deepEqual(stitcher.written(9), ["assign B@5 after 70", "opened"]);
      assert.equal(stitcher.write.record.state, "s");
    });

    it("gives it to the host named first where the owner is not up", () => {
      const stitcher = new Stitcher();
      stitcher.handle({ type: "open", id: ID, first: "A" });
      assert.deepEqual(stitcher.conflict(stored(8, { owner: "gone" })), ["write A@2 on 8"]);
    });

    it("reads after a time-out: landed, or again with the same id", () => {
      const stitcher = new Stitcher();
      stitcher.handle({ type: "open", id: ID, first: "A" });
      const { record } = stitcher.write;
      const timeOut = { outcome: "indeterminate", error: new Error("time-out") } as const;
      assert.deepEqual(stitcher.answer(timeOut), ["read"]);
      assert.deepEqual(stitcher.read(undefined), ["write A@1 on 0"]);
      assert.equal(stitcher.write.record.writeId, record.writeId);
      assert.deepEqual(stitcher.answer(timeOut), []);
      assert.deepEqual(stitcher.tick(5000), ["read"]);
      assert.deepEqual(stitcher.read(stored(1, { ...record })), ["assign A@1 after 0", "opened"]);
    });

    it("tries again, ever more slowly, while the store is away", () => {
      const stitcher = new Stitcher();
      stitcher.handle({ type: "open", id: ID, first: "A" });
      stitcher.answer({ outcome: "indeterminate", error: new Error("away") });
      const fail = () => stitcher.handle({ type: "read-failed", id: ID, error: new Error("away") });
      fail();
      assert.deepEqual(stitcher.tick(99), []);
      assert.deepEqual(stitcher.tick(1), ["read"]);
      fail();
      assert.deepEqual(stitcher.tick(199), []);
      assert.deepEqual(stitcher.tick(1), ["read"]);
    });

    it("closes a slot that is at rest, and only that", () => {
      const stitcher = Stitcher.opened();
      stitcher.mirror("B");
      assert.deepEqual(stitcher.handle({ type: "close", id: ID }), []);
      stitcher.read(stored(5));
      stitcher.handle({ type: "retire", id: ID, reason: "calm" });
      assert.deepEqual(stitcher.handle({ type: "close", id: ID }), ["closed"]);
      assert.deepEqual([stitcher.machine.size, stitcher.state], [0, undefined]);
    });
  });

  describe("mirroring", () => {
    it("reads the record, asks the secondary for that version, and is warm when it has it", () => {
      const stitcher = Stitcher.opened();
      assert.deepEqual(stitcher.mirror("B"), ["mirrored", "read"]);
      assert.deepEqual(stitcher.read(stored(5, { seq: 9 })), ["send-mirror B 1/9"]);
      assert.equal(stitcher.state, "mirroring");
      assert.deepEqual(stitcher.acked("B", 8), []);
      assert.deepEqual(stitcher.acked("B", 99, 0), [], "an earlier owner's");
      assert.deepEqual(stitcher.acked("B", 9), ["warm"]);
      assert.equal(stitcher.state, "warm");
    });

    it("takes a later owner's message 0 for newer than what it asked for", () => {
      const stitcher = Stitcher.opened();
      stitcher.mirror("B");
      stitcher.read(stored(5, { seq: 9 }));
      assert.deepEqual(stitcher.acked("B", 0, 2), ["warm"]);
    });

    it("does so every interval, and is warm no longer than three after the last answer", () => {
      const stitcher = Stitcher.warm();
      assert.deepEqual(stitcher.tick(999), []);
      assert.deepEqual(stitcher.tick(1), ["read"]);
      assert.deepEqual(stitcher.read(stored(6, { seq: 10 })), ["send-mirror B 1/10"]);
      stitcher.acked("B", 10);
      stitcher.nowMs += 3000;
      assert.equal(stitcher.state, "warm");
      stitcher.nowMs += 1;
      assert.equal(stitcher.state, "mirroring");
    });

    it("stops when it is no longer needed", () => {
      const stitcher = Stitcher.warm();
      assert.deepEqual(stitcher.handle({ type: "retire", id: ID, reason: "calm" }), ["retired"]);
      assert.deepEqual(stitcher.tick(5000), []);
      assert.equal(stitcher.state, "single");
    });
  });

  describe("failing over", () => {
    it("moves to the warm secondary at once", () => {
      const stitcher = Stitcher.warm();
      assert.deepEqual(stitcher.lose("A"), ["write B@2 on 5"]);
      assert.equal(stitcher.state, "failover");
      assert.deepEqual(stitcher.written(6), ["assign B@2 after 9", "failed-over"]);
    });

    it("takes the chosen host, else any, where none is warm", () => {
      assert.deepEqual(Stitcher.opened({ chooseHost: () => "C" }).lose("A"), ["write C@2 on 1"]);
      assert.deepEqual(Stitcher.opened().lose("A"), ["write B@2 on 1"]);
    });

    it("goes on from what the lost owner had committed", () => {
      const stitcher = Stitcher.opened();
      stitcher.lose("A");
      assert.deepEqual(stitcher.conflict(stored(40, { seq: 39 })), ["write B@2 on 40"]);
      assert.deepEqual(stitcher.written(41), ["assign B@2 after 39", "failed-over"]);
    });

    it("waits for a host where none is up", () => {
      const stitcher = Stitcher.opened();
      stitcher.lose("B");
      stitcher.lose("C");
      assert.deepEqual(stitcher.lose("A"), []);
      assert.deepEqual(stitcher.tick(60_000), []);
      assert.deepEqual(stitcher.handle({ type: "host-up", host: "C" }), ["write C@2 on 1"]);
    });

    it("leaves the slot where the owner is back before anybody took it", () => {
      const stitcher = Stitcher.opened();
      for (const host of ["B", "C", "A"]) stitcher.lose(host);
      assert.deepEqual(stitcher.handle({ type: "host-up", host: "A" }), []);
      assert.equal(stitcher.state, "single");
    });

    it("goes on sending to such an owner, also where a shift had held the slot", () => {
      const stitcher = Stitcher.warm();
      stitcher.shift("B");
      assert.deepEqual(stitcher.lose("A"), ["write B@2 on 5"]);
      stitcher.handle({ type: "host-up", host: "A" });
      assert.deepEqual(stitcher.conflict(stored(8, { seq: 20 })), ["release"]);
      assert.equal(stitcher.machine.slot(ID, 0)?.owner, "A");
    });

    it("moves on at once when the new owner is lost, too", () => {
      const stitcher = Stitcher.warm();
      stitcher.lose("A");
      stitcher.lose("B");
      assert.deepEqual(stitcher.written(6), ["assign B@2 after 9", "failed-over", "write C@3 on 6"]);
    });
  });

  describe("told that it is behind", () => {
    it("reads and assigns again, once for a burst of refusals", () => {
      const stitcher = Stitcher.opened();
      stitcher.nowMs = 1000;
      assert.deepEqual(stitcher.handle({ type: "refresh", id: ID }), ["read"]);
      assert.deepEqual(stitcher.handle({ type: "refresh", id: ID }), []);
      assert.deepEqual(stitcher.read(stored(5, { seq: 4 })), ["assign A@1 after 4"]);
      assert.deepEqual(stitcher.handle({ type: "refresh", id: ID }), []);
      assert.deepEqual(stitcher.tick(100), ["read"]);
    });

    it("takes a slot back that another gateway took, so that one at a time numbers it", () => {
      const stitcher = Stitcher.opened();
      stitcher.handle({ type: "refresh", id: ID });
      assert.deepEqual(stitcher.read(stored(9, { epoch: 2, owner: "B", seq: 6 })), ["write B@3 on 9"]);
      assert.deepEqual(stitcher.written(10), ["assign B@3 after 6", "opened"]);
    });

    it("tells again what other gateways numbered: the numbers of this epoch may be on their way to a log yet", () => {
      const begun = [[1, 0]] as const;
      const stitcher = Stitcher.opened();
      stitcher.handle({ type: "refresh", id: ID });
      stitcher.read(stored(5, { seq: 4, begun }));
      const assign = stitcher.log.findLast(({ type }) => type === "assign");
      assert.deepEqual(assign, { type: "assign", id: ID, epoch: 1, owner: "A", seq: 4, begun });
    });

    it("takes a slot back for a host that is up, not for one that it has never heard", () => {
      const stitcher = Stitcher.opened();
      stitcher.handle({ type: "refresh", id: ID });
      assert.deepEqual(stitcher.read(stored(9, { epoch: 2, owner: "D", seq: 6 })), ["write A@3 on 9"]);
    });

    it("waits for a host where none is up", () => {
      const stitcher = Stitcher.opened();
      for (const host of ["B", "C", "A"]) stitcher.lose(host);
      stitcher.handle({ type: "refresh", id: ID });
      assert.deepEqual(stitcher.read(stored(9, { epoch: 2, owner: "D", seq: 6 })), []);
      assert.deepEqual(stitcher.handle({ type: "host-up", host: "C" }), ["write C@3 on 9"]);
    });

    it("believes no lower epoch, whatever the store says", () => {
      const stitcher = Stitcher.warm();
      stitcher.lose("A");
      stitcher.written(6);
      stitcher.handle({ type: "refresh", id: ID });
      stitcher.read(stored(99, { epoch: 1, owner: "A" }));
      assert.deepEqual([stitcher.machine.slot(ID, 0)?.epoch, stitcher.machine.slot(ID, 0)?.owner], [2, "B"]);
    });
  });

  it("ignores answers about slots that it does not know", () => {
    const stitcher = new Stitcher();
    assert.deepEqual(stitcher.read(stored(1)), []);
    assert.deepEqual(stitcher.acked("B", 1), []);
    assert.deepEqual(stitcher.handle({ type: "close", id: ID }), []);
  });
});
