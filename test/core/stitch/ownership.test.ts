import assert from "node:assert/strict";
import { StitchError } from "../../../src/core/errors.ts";
import { type Envelope, KIND } from "../../../src/core/record/envelope.ts";
import type { OwnershipCommand } from "../../../src/core/stitch/protocol.ts";
import { brief, briefs, entry, Host, ID, stored } from "../../support/owning-host.ts";

describe("Ownership", () => {
  describe("of a stream", () => {
    it("reads the record on the first message, then delivers with its state", () => {
      const host = new Host();
      assert.deepEqual(briefs(host.receive(5)), ["read"]);
      assert.deepEqual(briefs(host.receive(6)), []);
      assert.deepEqual(briefs(host.read(stored(1, { seq: 4, state: "s" }))), ['deliver 5 "s"']);
      assert.equal(host.machine.ownedSlots, 1);
      assert.equal(host.machine.pending, 2);
    });

    it("hands over one message at a time, each with the state before it, not waiting for the store", () => {
      const host = Host.delivering();
      assert.deepEqual(briefs(host.receive(2)), []);
      assert.deepEqual(briefs(host.process(1, "s1")), ["write 1 on 1", 'deliver 2 "s1"']);
    });

    it("writes in one go what was processed while a write was in flight, and acknowledges when it is written", () => {
      const host = Host.delivering();
      for (const seq of [2, 3]) host.receive(seq);
      host.process(1, "s1", ["a"]);
      host.process(2, "s2", ["b"]);
      host.process(3, "s3", ["c", "d"]);
      assert.deepEqual(briefs(host.wrote(2)), ["emit 1/0", "ack 1", "write 3 on 2"]);
      assert.deepEqual(
        host.write.record.outbox.map(({ seq, index }) => [seq, index]),
        [
          [1, 0],
          [2, 0],
          [3, 0],
          [3, 1],
        ],
      );
      assert.deepEqual(
        [host.write.record.state, host.write.record.owner, host.write.record.epoch],
        ["s3", "A", 1],
      );
    });

    it("acknowledges again what is committed, and ignores what it has in hand", () => {
      const host = Host.delivering({}, { seq: 4 });
      assert.deepEqual(briefs(host.receive(4)), ["ack 4"]);
      assert.deepEqual(briefs(host.receive(5)), []);
    });

    it("asks for a missing message, not for each one that follows", () => {
      const host = Host.delivering();
      assert.deepEqual(briefs(host.receive(3)), ["nack gap 2"]);
      assert.deepEqual(briefs(host.receive(4)), []);
      host.nowMs += 250;
      assert.deepEqual(briefs(host.receive(3)), ["nack gap 2"]);
    });

    it("refuses an older epoch, and a slot that another host owns", () => {
      const host = new Host();
      host.receive(1, 2);
      host.read(stored(1, { epoch: 2 }));
      assert.deepEqual(briefs(host.receive(1, 1)), ["nack epoch 2"]);
      const other = new Host();
      other.receive(1);
      assert.deepEqual(briefs(other.read(stored(1, { owner: "B" }))), ["nack epoch 1"]);
    });

    it("passes over a message that the flow does not hand to commit, and takes its late answer for nothing", () => {
      const host = Host.delivering({ commitTimeoutMs: 500 }, { state: "s" });
      host.receive(2);
      assert.deepEqual(briefs(host.tick(499)), []);
      assert.deepEqual(briefs(host.tick(1)), ["report 1", "write 1 on 1", 'deliver 2 "s"']);
      const report = host.log.find((command) => command.type === "report");
      assert.match(String(report?.error), /session "cam-7", slot 3: message 1 passed over .* within 500 ms/);
      assert.equal(report?.type === "report" && report.envelope?.seq, 1, "with the message itself");
      assert.equal(report?.error instanceof StitchError && report.error.code, "COMMIT_TIMEOUT");
      assert.deepEqual(briefs(host.process(1, "late", ["x"])), []);
      assert.equal(host.write.record.state, "s");
    });

    it("keeps the state as it was where the flow failed", () => {
      const host = Host.delivering({}, { state: "s" });
      host.handle({
        type: "processed",
        id: ID,
        epoch: 1,
        seq: 1,
        state: undefined,
        keepState: true,
        outputs: [],
      });
      assert.equal(host.write.record.state, "s");
    });
  });

  describe("of the record", () => {
    it("emits nothing and starts from what stands when it is deposed", () => {
      const host = Host.delivering();
      host.receive(2);
      host.process(1, "s1", ["a"]);
      assert.deepEqual(briefs(host.conflict(stored(7, { epoch: 2, owner: "B" }))), []);
      assert.deepEqual(
        briefs(host.process(2, "s2", ["b"])),
        [],
        "what the flow had in hand belongs to nobody",
      );
      assert.equal(host.machine.ownedSlots, 0);
    });

    it("reads after a time-out: the write's own id means that it landed", () => {
      const host = Host.delivering();
      host.process(1, "s1", ["a"]);
      assert.deepEqual(briefs(host.timeOut()), ["read"]);
      assert.deepEqual(briefs(host.read(stored(2, host.write.record))), ["emit 1/0", "ack 1"]);
    });

    it("writes the same again when the revision is unchanged, and knows the first should it land after all", () => {
      const host = Host.delivering();
      host.process(1, "s1", ["a"]);
      const first = host.write;
      host.timeOut();
      assert.deepEqual(briefs(host.read(stored(1))), ["write 1 on 1"]);
      assert.equal(host.write.record.writeId, first.record.writeId);
      assert.deepEqual(briefs(host.conflict(stored(2, first.record))), ["emit 1/0", "ack 1"]);
    });

    it("reads again, ever more slowly, while the store is away", () => {
      const host = new Host();
      host.receive(1);
      const fail = () => host.handle({ type: "read-failed", id: ID, error: new Error("away") });
      fail();
      assert.deepEqual(briefs(host.tick(49)), []);
      assert.deepEqual(briefs(host.tick(1)), ["read"]);
      fail();
      assert.deepEqual(briefs(host.tick(99)), []);
      assert.deepEqual(briefs(host.tick(1)), ["read"]);
      assert.deepEqual(briefs(host.read(stored(1))), ["deliver 1 undefined"]);
    });

    it("takes the slot at a higher epoch after a read, and drops what it had", () => {
      const host = Host.delivering({}, { state: "old" });
      host.process(1, "mine", ["x"]);
      assert.deepEqual(briefs(host.receive(1, 3)), ["read"]);
      assert.deepEqual(briefs(host.read(stored(9, { epoch: 3, state: "theirs" }))), ['deliver 1 "theirs"']);
      assert.deepEqual(briefs(host.process(1, "mine", ["x"], 1)), []);
    });

    it("never goes back to a lower epoch, whatever the store says", () => {
      const host = new Host();
      host.receive(1, 5);
      host.read(stored(9, { epoch: 5 }));
      host.handle({ type: "changed", id: ID, stored: stored(99, { epoch: 4, owner: "B" }) });
      assert.equal(host.machine.ownedSlots, 1);
    });

    it("waits for an epoch that the store does not show yet, and gives up one that nobody wrote", () => {
      const host = new Host();
      host.receive(1, 2);
      assert.deepEqual(briefs(host.read(stored(1, { epoch: 1, owner: "B" }))), []);
      assert.deepEqual(briefs(host.tick(50)), ["read"]);
      assert.deepEqual(briefs(host.read(stored(2, { epoch: 2 }))), ["deliver 1 undefined"]);
      host.receive(1, Number.MAX_SAFE_INTEGER);
      for (let i = 0; i < 20; i++) {
        host.read(stored(2, { epoch: 2 }));
        host.tick(5000);
      }
      assert.equal(host.machine.pending, 1, "only the message in hand is left");
    });

    it("counts no time in which the whole process stood still against the flow", () => {
      const host = new Host({ commitTimeoutMs: 500 });
      host.receive(1);
      host.read(stored(1));
      host.tick(100);
      assert.deepEqual(briefs(host.tick(60_000)), []);
      assert.deepEqual(briefs(host.tick(399)), []);
      assert.deepEqual(briefs(host.tick(1))[0], "report 1");
    });

    it("says once a minute that its store never shows the gateway's epochs, and how many it gave back", () => {
      const host = new Host();
      const told = (): string[] =>
        host.log.flatMap((command) => (command.type === "complain" ? [command.error.message] : []));
      const inVain = (): void => {
        host.receive(1, 7);
        host.receive(2, 7);
        for (let i = 0; i < 9; i++) {
          host.read(undefined);
          host.tick(2000);
        }
      };
      inVain();
      assert.equal(told().length, 1);
      assert.match(
        told()[0] ?? "",
        /epoch 7 of session "cam-7", slot 3 .* knows epoch 0: .* different stores\?/,
      );
      assert.match(told()[0] ?? "", /refused so far: 2$/);
      inVain();
      inVain();
      assert.equal(told().length, 1, "not once per message");
      host.tick(60_000);
      inVain();
      assert.match(told()[1] ?? "", /refused so far: 8$/);
    });

    it("becomes owner by the feed alone and repeats the outbox, so that a failover needs no traffic", () => {
      const host = new Host();
      const record = stored(5, { epoch: 2, seq: 3, outbox: [entry(2), entry(3)] });
      assert.deepEqual(briefs(host.handle({ type: "changed", id: ID, stored: record })), [
        "repeat 2/0",
        "repeat 3/0",
      ]);
      assert.deepEqual(briefs(host.receive(4, 2)), ["deliver 4 undefined"], "no read is needed");
    });

    it("leaves other hosts' slots alone", () => {
      const host = new Host();
      assert.deepEqual(host.handle({ type: "changed", id: ID, stored: stored(5, { owner: "B" }) }), []);
      assert.deepEqual(host.handle({ type: "changed", id: ID, stored: undefined }), []);
      assert.deepEqual([host.machine.ownedSlots, host.machine.mirroredSlots], [0, 0]);
    });

    it("tries one by one what the store refuses together, and passes over the one it can't take", () => {
      const host = Host.delivering({}, { state: 0 });
      host.receive(2);
      host.receive(3);
      host.process(1, 1, ["a"]);
      host.process(2, 2, ["b"]);
      host.process(3, 3, ["c"]);
      host.wrote(2);
      host.confirm(1);
      const refuse = () => {
        const { writeId } = host.write.record;
        const error = new StitchError("VALUE_TOO_LARGE", "9 MB");
        return host.handle({ type: "refused", id: ID, writeId, error });
      };
      assert.deepEqual(briefs(refuse()), ["nack gap 2"]);
      assert.deepEqual(briefs([...host.receive(2), ...host.receive(3)]), ["deliver 2 1"]);
      assert.deepEqual(briefs(host.process(2, 2, ["b"])), ["write 2 on 2"]);
      assert.deepEqual(briefs(refuse()), ["report 2", "nack gap 3", "write 2 on 2"]);
      assert.equal(host.write.record.state, 1);
      assert.deepEqual(briefs(host.wrote(3)), ["ack 2"]);
      assert.deepEqual(briefs(host.receive(3)), ["deliver 3 1"]);
    });
  });

  it("forgets the oldest of the slots that strangers make up, and none that has a record", () => {
    const host = Host.delivering();
    const stray = (i: number, kind: Envelope["kind"] = KIND.DATA): OwnershipCommand[] =>
      host.handle({
        type: "stream",
        envelope: { sessionId: `stray-${i}`, slot: 0, kind, epoch: 5, seq: 1, meta: {}, payload: i },
      });
    for (let i = 0; i < 45_000; i++) stray(i, i % 2 === 0 ? KIND.DATA : KIND.MIRROR);
    assert.equal(host.machine.slots, 1 + 20_000);
    for (let i = 0; i < 100; i++) assert.deepEqual(stray(90_000 + i, KIND.ACK), []);
    assert.equal(host.machine.slots, 1 + 20_000);
    assert.equal(host.machine.ownedSlots, 1);
    assert.equal(host.machine.mirroredSlots, 0, "nobody's mirror");
    assert.deepEqual(host.process(1, { n: 1 }).map(brief), ["write 1 on 1"]);
  });

  it("loses no first message where as many slots begin at once as a pool may have", () => {
    const host = new Host();
    const ids = Array.from({ length: 10_000 }, (_, i) => ({ sessionId: `cam-${i}`, slot: 0 }));
    for (const id of ids)
      host.handle({
        type: "stream",
        envelope: { ...id, kind: KIND.DATA, epoch: 1, seq: 1, meta: {}, payload: 1 },
      });
    for (const id of ids) host.handle({ type: "record", id, stored: stored(1) });
    assert.equal(host.log.filter(({ type }) => type === "deliver").length, 10_000);
  });

  it("forgets idle slots, so that memory is bounded", () => {
    const host = Host.delivering({ idleMs: 60_000 });
    host.process(1, 1);
    host.wrote(2);
    host.tick(50_000);
    assert.equal(host.machine.ownedSlots, 1);
    host.tick(20_000);
    assert.equal(host.machine.ownedSlots, 0);
    assert.deepEqual(briefs(host.receive(2)), ["read"]);
  });
});
