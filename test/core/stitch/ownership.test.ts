import assert from "node:assert/strict";
import { StitchError } from "../../../src/core/errors.ts";
import { type Envelope, KIND } from "../../../src/core/record/envelope.ts";
import type { OutboxEntry, SlotRecord, StoredRecord } from "../../../src/core/record/slot-record.ts";
import { Ownership, type OwnershipOptions } from "../../../src/core/stitch/ownership.ts";
import type { OwnershipCommand, OwnershipEvent } from "../../../src/core/stitch/protocol.ts";

const ID = { sessionId: "cam-7", slot: 3 };

function stored(revision: number, overrides: Partial<SlotRecord> = {}): StoredRecord {
  const record = {
    epoch: 1,
    owner: "A",
    seq: 0,
    state: undefined,
    outbox: [],
    writeId: "gw.1",
    ...overrides,
  };
  return { record, revision };
}

/** Host A with one slot; remembers what is asked of it. */
class Host {
  readonly machine: Ownership;
  nowMs = 0;
  log: OwnershipCommand[] = [];

  constructor(options: Partial<OwnershipOptions> = {}) {
    this.machine = new Ownership({
      host: "A",
      incarnation: "a1",
      ack: "commit",
      commitTimeoutMs: 10_000,
      confirmable: true,
      outboxBytes: 1e6,
      ...options,
    });
  }
  handle(event: OwnershipEvent): OwnershipCommand[] {
    const commands = this.machine.handle(event, this.nowMs);
    this.log.push(...commands);
    return commands;
  }
  receive(
    seq: number,
    epoch = 1,
    kind: Envelope["kind"] = KIND.DATA,
    meta: Envelope["meta"] = {},
  ): OwnershipCommand[] {
    const envelope = { ...ID, kind, epoch, seq, meta: { gateway: "gw", ...meta }, payload: `m${seq}` };
    return this.handle({ type: "stream", envelope });
  }
  read(answer: StoredRecord | undefined): OwnershipCommand[] {
    return this.handle({ type: "record", id: ID, stored: answer });
  }
  process(seq: number, state: unknown, outputs: string[] = [], epoch = 1): OwnershipCommand[] {
    const messages = outputs.map((payload) => ({ payload }));
    return this.handle({ type: "processed", id: ID, epoch, seq, state, outputs: messages });
  }
  /** The write that was asked for last. */
  get write(): Extract<OwnershipCommand, { type: "write" }> {
    const writes = this.log.filter((command) => command.type === "write");
    return writes.at(-1) ?? assert.fail("nothing was written");
  }
  wrote(revision: number): OwnershipCommand[] {
    const { writeId } = this.write.record;
    return this.handle({ type: "wrote", id: ID, writeId, result: { outcome: "written", revision } });
  }
  conflict(standing: StoredRecord | undefined): OwnershipCommand[] {
    const { writeId } = this.write.record;
    return this.handle({ type: "wrote", id: ID, writeId, result: { outcome: "conflict", stored: standing } });
  }
  timeOut(): OwnershipCommand[] {
    const { writeId } = this.write.record;
    const result = { outcome: "indeterminate", error: new Error("time-out") } as const;
    return this.handle({ type: "wrote", id: ID, writeId, result });
  }
  confirm(seq: number, index = 0): OwnershipCommand[] {
    return this.handle({ type: "confirmed", id: ID, seq, index });
  }
  tick(afterMs: number): OwnershipCommand[] {
    this.nowMs += afterMs;
    return this.handle({ type: "tick" });
  }
  /** Owns the slot, with message 1 in the flow's hands. */
  static delivering(options: Partial<OwnershipOptions> = {}, record: Partial<SlotRecord> = {}): Host {
    const host = new Host(options);
    host.receive((record.seq ?? 0) + 1);
    host.read(stored(1, record));
    return host;
  }
}

function brief(command: OwnershipCommand): string {
  switch (command.type) {
    case "deliver":
      return `deliver ${command.envelope.seq} ${JSON.stringify(command.state)}`;
    case "emit":
      return `${command.repeat ? "repeat" : "emit"} ${command.seq}/${command.index}`;
    case "reply": {
      const { kind, seq, epoch, meta } = command.envelope;
      if (meta.mirror) return `mirrored ${epoch}/${seq}`;
      return kind === KIND.ACK ? `ack ${seq}` : `nack ${meta.reason} ${meta.expected ?? epoch}`;
    }
    case "write":
      return `write ${command.record.seq} on ${command.expected}`;
    case "complain":
      return "complain";
    case "report":
      return `report ${command.seq}`;
    default:
      return command.type;
  }
}
const briefs = (commands: readonly OwnershipCommand[]): string[] => commands.map(brief);
const entry = (seq: number): OutboxEntry => ({ seq, index: 0, message: { payload: seq } });

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

describe("a host's intake", () => {
  /** Room for so many of the messages here, each 512 bytes and its payload. */
  const roomFor = (messages: number): number => messages * 516;
  const replies = (commands: readonly OwnershipCommand[]): unknown[] =>
    commands.flatMap((command) =>
      command.type === "reply" ? [[command.envelope.meta.reason, command.envelope.meta.expected]] : [],
    );

  it("is bounded over all slots: what finds no room is refused, counted, and asked for when there is some", () => {
    // A slot may take an eighth of it.
    const host = new Host({ intakeBytes: 8 * roomFor(4) });
    host.receive(1);
    host.read(stored(1));
    for (let seq = 2; seq <= 4; seq++) host.receive(seq);
    assert.deepEqual(replies(host.receive(5)), [["full", 5]]);
    assert.deepEqual(replies(host.receive(6)), [], "what follows is not asked for as if it were missing");
    assert.equal(host.machine.refused, 1);
    assert.equal(host.machine.intakeBytes, roomFor(4));
    assert.deepEqual(replies(host.handle({ type: "tick" })), [], "no room yet");
    host.process(1, 1);
    host.process(2, 2);
    host.nowMs = 300;
    const asked = host.handle({ type: "tick" });
    assert.deepEqual(replies(asked), [["gap", 5]]);
    assert.equal(host.machine.intakeBytes, roomFor(2));
  });

  it("tells the operator, once per minute", () => {
    const host = new Host({ intakeBytes: 8 * roomFor(1) });
    host.receive(1);
    host.read(stored(1));
    host.receive(2);
    const told = host.handle({ type: "tick" }).filter(({ type }) => type === "complain");
    assert.equal(told.length, 1);
    host.receive(2);
    host.nowMs = 30_000;
    assert.deepEqual(
      host.handle({ type: "tick" }).filter(({ type }) => type === "complain"),
      [],
    );
  });

  it("bounds what waits for the store to show its epoch too", () => {
    const host = new Host({ intakeBytes: 8 * roomFor(3) });
    for (let seq = 1; seq <= 10; seq++) host.receive(seq);
    assert.equal(host.machine.intakeBytes, roomFor(3));
    assert.equal(host.machine.refused, 7);
    host.read(stored(1));
    assert.equal(host.machine.intakeBytes, roomFor(3));
  });

  it("holds nothing of a slot that is lost", () => {
    const host = new Host();
    host.receive(1);
    host.read(stored(1));
    host.receive(2);
    host.handle({ type: "changed", id: ID, stored: stored(2, { epoch: 2, owner: "B" }) });
    assert.equal(host.machine.intakeBytes, 0);
  });
});
