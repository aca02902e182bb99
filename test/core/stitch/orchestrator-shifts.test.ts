import assert from "node:assert/strict";

import { ID, Stitcher, stored } from "../../support/one-slot-stitcher.ts";

describe("Orchestrator", () => {
  describe("shifting", () => {
    it("holds, moves by compare-and-set on the record as drained, and tells the pause", () => {
      const stitcher = Stitcher.warm();
      assert.deepEqual(stitcher.shift("B"), ["shifting", "hold"]);
      assert.equal(stitcher.state, "shifting");
      stitcher.nowMs += 100;
      assert.deepEqual(stitcher.handle({ type: "held", id: ID }), []);
      stitcher.nowMs += 3;
      const drained = { type: "drained", id: ID, epoch: 1, seq: 12 } as const;
      assert.deepEqual(stitcher.handle(drained), ["read"]);
      assert.deepEqual(stitcher.read(stored(7, { seq: 12, state: "s12" })), ["write B@2 on 7"]);
      assert.equal(stitcher.write.record.state, "s12");
      stitcher.nowMs += 2;
      assert.deepEqual(stitcher.written(8), ["assign B@2 after 12", "shifted"]);
      const event = stitcher.log.at(-1);
      assert.deepEqual(event?.type === "event" && event.event, {
        kind: "shifted",
        atMs: 105,
        sessionId: "cam-7",
        slot: 3,
        epoch: 2,
        from: "A",
        to: "B",
        reason: "A is full",
        pauseMs: 5,
      });
    });

    it("mirrors first to a host that is not warm, and gives up one that does not get warm", () => {
      const stitcher = Stitcher.opened();
      assert.deepEqual(stitcher.shift("B"), ["mirrored", "read"]);
      assert.deepEqual(stitcher.read(stored(5)), ["send-mirror B 1/0"]);
      assert.deepEqual(stitcher.acked("B", 0), ["warm", "shifting", "hold"]);
      const other = Stitcher.opened();
      other.shift("B");
      other.read(stored(5));
      assert.deepEqual(other.tick(10_000), ["read"]);
      assert.deepEqual(other.read(stored(5)), ["send-mirror B 1/0", "gave-up"]);
    });

    it("writes again when the owner committed meanwhile", () => {
      const stitcher = Stitcher.warm();
      stitcher.shift("B");
      stitcher.handle({ type: "drained", id: ID, epoch: 1, seq: 12 });
      stitcher.read(stored(7));
      assert.deepEqual(stitcher.conflict(stored(8, { seq: 13 })), ["write B@2 on 8"]);
      assert.deepEqual(stitcher.written(9), ["assign B@2 after 13", "shifted"]);
    });

    it("reads no record twice that holds what was drained, and writes again where the owner wrote since", () => {
      const stitcher = Stitcher.warm();
      stitcher.shift("B");
      const seq = 9;
      assert.deepEqual(stitcher.handle({ type: "drained", id: ID, epoch: 1, seq }), ["write B@2 on 5"]);
      assert.deepEqual(stitcher.conflict(stored(6, { seq })), ["write B@2 on 6"]);
      assert.deepEqual(stitcher.written(7), [`assign B@2 after ${seq}`, "shifted"]);
    });

    it("holds a slot when others that were held are done", () => {
      const stitcher = Stitcher.opened();
      const ids = [0, 1, 2].map((slot) => ({ sessionId: "meter", slot }));
      for (const id of ids) {
        stitcher.handle({ type: "open", id, first: "A" });
        const { writeId } = stitcher.write.record;
        stitcher.handle({ type: "wrote", id, writeId, result: { outcome: "written", revision: 1 } });
        stitcher.handle({ type: "shift", order: { id, to: "B", reason: "A is full" } });
        stitcher.handle({ type: "record", id, stored: stored(1) });
      }
      const warm = ids.map((id) =>
        stitcher.handle({ type: "mirror-acked", id, host: "B", epoch: 1, seq: 0 }),
      );
      assert.deepEqual(warm, [["warm", "shifting", "hold"], ["warm", "shifting", "hold"], ["warm"]]);
      const [id] = ids as [(typeof ids)[0]];
      stitcher.handle({ type: "drained", id, epoch: 1, seq: 0 });
      const { writeId } = stitcher.write.record;
      assert.deepEqual(
        stitcher.handle({ type: "wrote", id, writeId, result: { outcome: "written", revision: 2 } }),
        ["assign B@2 after 0", "shifted", "shifting", "hold"],
      );
    });

    it("does not wait for ever for the owner to drain", () => {
      const stitcher = Stitcher.warm();
      stitcher.shift("B");
      assert.deepEqual(stitcher.tick(1999), []);
      assert.deepEqual(stitcher.tick(1), ["read"]);
      assert.deepEqual(stitcher.read(stored(7, { seq: 10 })), ["write B@2 on 7"]);
    });

    it("releases when the new host is lost before the move", () => {
      const stitcher = Stitcher.warm();
      stitcher.shift("B");
      assert.deepEqual(stitcher.lose("B"), ["gave-up", "release"]);
      assert.equal(stitcher.machine.slot(ID, 0)?.owner, "A");
    });

    it("refuses a suspect host and a slot that is busy", () => {
      const stitcher = Stitcher.warm();
      stitcher.lose("C");
      assert.deepEqual(stitcher.shift("C"), ["gave-up"]);
      assert.deepEqual(stitcher.shift("A"), [], "it is there");
      stitcher.shift("B");
      assert.deepEqual(stitcher.shift("C"), ["gave-up"]);
    });
  });
});
