import assert from "node:assert/strict";
import { KIND } from "../../../src/core/record/envelope.ts";
import { briefs, Host, ID, stored } from "../../support/owning-host.ts";

describe("Ownership", () => {
  describe("of the outbox", () => {
    it("lets the next outputs go when those before are confirmed", () => {
      const host = Host.delivering();
      host.receive(2);
      host.process(1, 1, ["a"]);
      host.process(2, 2, ["b"]);
      host.wrote(2);
      assert.deepEqual(briefs(host.wrote(3)), ["ack 2"]);
      assert.deepEqual(briefs(host.confirm(1)), ["emit 2/0"]);
      assert.deepEqual(briefs(host.confirm(1)), [], "twice is once");
      assert.equal(host.machine.unconfirmed, 1);
    });

    it("repeats what is not confirmed, ever more slowly", () => {
      const host = Host.delivering();
      host.process(1, 1, ["a"]);
      host.wrote(2);
      assert.deepEqual(briefs(host.tick(1999)), []);
      assert.deepEqual(briefs(host.tick(1)), ["repeat 1/0"]);
      assert.deepEqual(briefs(host.tick(3999)), []);
      assert.deepEqual(briefs(host.tick(1)), ["repeat 1/0"]);
    });

    it("writes a trimmed outbox with the next commit, after a second of rest, or before a shift", () => {
      const host = Host.delivering();
      host.process(1, 1, ["a"]);
      host.wrote(2);
      assert.deepEqual(briefs(host.confirm(1)), []);
      assert.deepEqual(briefs(host.tick(1000)), ["write 1 on 2"]);
      assert.deepEqual(host.write.record.outbox, []);
      host.wrote(3);
      host.receive(2);
      host.process(2, 2, ["b"]);
      host.wrote(4);
      host.confirm(2);
      assert.deepEqual(briefs(host.receive(2, 1, KIND.MARK)), ["write 2 on 4"]);
      assert.deepEqual(briefs(host.wrote(5)), ["ack 2", "ack 2"]);
    });

    it("stops delivering while it is full", () => {
      const host = Host.delivering({ outboxBytes: 100 });
      host.receive(2);
      assert.deepEqual(briefs(host.process(1, 1, ["x".repeat(200)])), ["write 1 on 1"]);
      assert.deepEqual(briefs(host.wrote(2)), ["emit 1/0", "ack 1"]);
      assert.deepEqual(briefs(host.confirm(1)), ["deliver 2 1"]);
    });

    it("keeps the last group only, and emits at once, where nothing confirms", () => {
      const host = Host.delivering({ confirmable: false, outboxBytes: 100 });
      host.receive(2);
      host.process(1, 1, ["x".repeat(200)]);
      assert.deepEqual(briefs(host.wrote(2)), ["emit 1/0", "ack 1", "deliver 2 1"]);
      host.process(2, 2, ["b"]);
      assert.deepEqual(
        host.write.record.outbox.map(({ seq }) => seq),
        [2],
      );
      assert.deepEqual(briefs(host.wrote(3)), ["emit 2/0", "ack 2"]);
    });
  });

  describe("of a shift", () => {
    it("answers a MARK when everything through the cut is committed", () => {
      const host = Host.delivering();
      assert.deepEqual(briefs(host.receive(1, 1, KIND.MARK)), []);
      host.process(1, 1);
      assert.deepEqual(briefs(host.wrote(2)), ["ack 1", "ack 1"]);
      assert.deepEqual(briefs(host.receive(1, 1, KIND.MARK)), ["ack 1"]);
      assert.deepEqual(briefs(host.receive(3, 1, KIND.MARK)), ["nack gap 2"]);
    });

    it("is warm with a replica that the feed keeps current, and takes over without a read", () => {
      const host = new Host();
      assert.deepEqual(briefs(host.receive(4, 1, KIND.MIRROR)), ["read"]);
      const replica = stored(7, { owner: "B", seq: 4, state: "s4" });
      assert.deepEqual(briefs(host.read(replica)), ["deliver-mirror", "mirrored 1/4"]);
      assert.equal(host.machine.mirroredSlots, 1);
      const moved = stored(8, { epoch: 2, seq: 4, state: "s4" });
      host.handle({ type: "changed", id: ID, stored: moved });
      assert.deepEqual(briefs(host.receive(5, 2)), ['deliver 5 "s4"']);
    });

    it("reads before it answers a minimal stream that is ahead of its replica", () => {
      const host = new Host();
      host.handle({ type: "changed", id: ID, stored: stored(1, { owner: "A" }) });
      host.handle({ type: "changed", id: ID, stored: stored(2, { owner: "B", epoch: 2 }) });
      assert.deepEqual(briefs(host.receive(0, 2, KIND.MIRROR)), ["deliver-mirror", "mirrored 2/0"]);
      assert.deepEqual(briefs(host.receive(3, 2, KIND.MIRROR)), ["read"]);
      assert.deepEqual(briefs(host.read(undefined)), ["deliver-mirror", "mirrored 2/0"]);
      assert.deepEqual(briefs(host.receive(9, 1, KIND.MIRROR)), ["deliver-mirror", "mirrored 2/0"]);
    });
  });

  describe("that acknowledges on arrival", () => {
    it("delivers and acknowledges at once, and writes the cursor only for a shift", () => {
      const host = new Host({ ack: "arrival" });
      host.receive(1);
      host.receive(2);
      const commands = host.read(stored(1));
      assert.deepEqual(briefs(commands), ["deliver 1 undefined", "ack 1", "deliver 2 undefined", "ack 2"]);
      assert.deepEqual(briefs(host.process(1, "ignored", ["a"])), ["emit 1/0"]);
      assert.deepEqual(briefs(host.tick(60_000)), []);
      assert.deepEqual(briefs(host.receive(2, 1, KIND.MARK)), ["write 2 on 1"]);
      assert.deepEqual(briefs(host.wrote(2)), ["ack 2", "ack 2"]);
    });

    it("jumps to what the route still has: the rest was taken by an earlier owner", () => {
      const host = new Host({ ack: "arrival" });
      host.receive(50, 2, KIND.DATA, { low: 50 });
      assert.deepEqual(briefs(host.read(stored(1, { epoch: 2 }))), ["deliver 50 undefined", "ack 50"]);
    });

    it("does not take twice what it took in an earlier epoch of the same route", () => {
      const host = new Host({ ack: "arrival" });
      host.receive(1);
      host.read(stored(1));
      host.receive(1, 2);
      assert.deepEqual(briefs(host.read(stored(2, { epoch: 2 }))), ["ack 1"]);
    });
  });
});
