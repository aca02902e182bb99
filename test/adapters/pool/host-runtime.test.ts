import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { systemClock } from "../../../src/adapters/clock.ts";
import type { HostMessage, HostOutput } from "../../../src/adapters/pool/host-messages.ts";
import { HostRuntime } from "../../../src/adapters/pool/host-runtime.ts";
import { StitchError } from "../../../src/core/errors.ts";
import { type Envelope, KIND } from "../../../src/core/record/envelope.ts";
import type { SlotRecord } from "../../../src/core/record/slot-record.ts";
import { MemoryLink } from "../../support/memory-link.ts";
import { MemoryRecords } from "../../support/memory-records.ts";

const ID = { sessionId: "cam-7", slot: 0 };

/** What comes out of a host, as events, so that tests wait for it. */
class Seen extends EventEmitter {
  readonly messages: HostMessage[] = [];
  readonly outputs: HostOutput[] = [];
  readonly replies: Envelope[] = [];
  add(kind: "messages" | "outputs" | "replies", value: never): void {
    this[kind].push(value);
    this.emit("any");
  }
  async until(isDone: () => boolean): Promise<void> {
    while (!isDone()) await once(this, "any");
  }
}

const record = (overrides: Partial<SlotRecord> = {}): SlotRecord => ({
  epoch: 1,
  owner: "host-1",
  seq: 0,
  state: undefined,
  outbox: [],
  writeId: "gw.1",
  ...overrides,
});

describe("HostRuntime", () => {
  let link: MemoryLink;
  let records: MemoryRecords;
  let runtimes: HostRuntime[];
  let seen: Seen;

  function start(options: { ack?: "commit" | "arrival"; commitTimeoutMs?: number } = {}): HostRuntime {
    const { ack = "commit", commitTimeoutMs = 10_000 } = options;
    const capacity = { messagesPerSec: 100 };
    const runtime = new HostRuntime({
      host: "host-1",
      capacity,
      link,
      records,
      clock: systemClock,
      ack,
      commitTimeoutMs,
    });
    runtime.onMessage((message) => seen.add("messages", message as never));
    runtime.onOutput((output) => seen.add("outputs", output as never));
    runtimes.push(runtime);
    runtime.start();
    return runtime;
  }

  const send = (seq: number, kind: Envelope["kind"] = KIND.DATA, payload: unknown = { n: seq }): void => {
    const meta = { gateway: "gw", topic: "devices/cam-7/a", low: 1, props: { qos: 1 } };
    link.sendToHost("host-1", { ...ID, kind, epoch: 1, seq, meta, payload });
  };

  beforeEach(() => {
    link = new MemoryLink();
    records = new MemoryRecords();
    seen = new Seen();
    runtimes = [];
    link.onGatewayStream("gw", (envelope) => seen.add("replies", envelope as never));
  });
  afterEach(() => {
    for (const runtime of runtimes) runtime.close();
  });

  it("has one commit node: of two, each would emit every output", () => {
    const runtime = start();
    assert.throws(() => runtime.onOutput(() => undefined), { code: "BAD_CONFIG" });
  });

  it("hands a message with its state to the flow, commits, emits and acknowledges", async () => {
    records.put(ID, record({ state: { count: 41 }, seq: 6 }));
    const runtime = start();
    send(7);
    await seen.until(() => seen.messages.length === 1);
    const [message] = seen.messages;
    assert.deepEqual(message?.state, { count: 41 });
    assert.deepEqual(message?.session, { id: "cam-7", slot: 0, epoch: 1, seq: 7 });
    assert.deepEqual(
      [message?.topic, message?.payload, message?.props],
      ["devices/cam-7/a", { n: 7 }, { qos: 1 }],
    );
    runtime.processed(message.session, { count: 42 }, [{ payload: "out" }]);
    await seen.until(() => seen.replies.length === 1);
    assert.equal(seen.outputs[0]?.output.id, "cam-7/0/7/0");
    assert.deepEqual(seen.outputs[0]?.message, { payload: "out" });
    assert.deepEqual([seen.replies[0]?.kind, seen.replies[0]?.seq], [KIND.ACK, 7]);
    assert.deepEqual(records.get(ID)?.record.state, { count: 42 });
  });

  it("gives each message a state of its own, so that a flow can't change what is committed", async () => {
    records.put(ID, record({ state: { count: 1 } }));
    const runtime = start();
    send(1);
    await seen.until(() => seen.messages.length === 1);
    const state = seen.messages[0]?.state as { count: number };
    state.count = 2;
    runtime.processed({ id: "cam-7", slot: 0, epoch: 1, seq: 1 }, state, []);
    state.count = 99;
    send(2);
    await seen.until(() => seen.messages.length === 2);
    assert.deepEqual(seen.messages[1]?.state, { count: 2 });
  });

  it("groups what the flow processes while a write is in flight", async () => {
    records.put(ID, record());
    const runtime = start();
    runtime.onMessage(({ session, state }) =>
      runtime.processed(session, ((state as number | undefined) ?? 0) + 1, [{ payload: session.seq }]),
    );
    for (let seq = 1; seq <= 50; seq++) send(seq);
    await seen.until(() => seen.outputs.length === 50);
    assert.deepEqual(
      seen.outputs.map(({ message }) => message["payload"]),
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
    assert.equal(records.get(ID)?.record.state, 50);
    assert.ok(records.writes < 50, `${records.writes} writes for 50 messages`);
  });

  it("emits a record's outbox again, with the same ids, before anything else", async () => {
    const outbox = [{ seq: 3, index: 0, message: { payload: "three" } }];
    records.put(ID, record({ seq: 3, outbox }));
    start();
    send(4);
    await seen.until(() => seen.messages.length === 1);
    assert.deepEqual(seen.outputs[0], {
      message: { payload: "three" },
      output: { id: "cam-7/0/3/0", sessionId: "cam-7", slot: 0, epoch: 1, seq: 3, index: 0, repeat: true },
    });
  });

  it("passes over a message that no store can take and goes on", async () => {
    records.put(ID, record({ state: 0 }));
    const runtime = start();
    const errors: Error[] = [];
    runtime.onError(({ error }) => errors.push(error));
    records.failures.push(new StitchError("VALUE_TOO_LARGE", "record of 9 MB"));
    runtime.onMessage(({ session, state }) =>
      runtime.processed(session, (state as number) + 1, [{ payload: session.seq }]),
    );
    send(1);
    await seen.until(() => seen.replies.some(({ seq }) => seq === 1));
    send(2);
    await seen.until(() => seen.outputs.length === 1);
    assert.equal(seen.outputs[0]?.message["payload"], 2);
    assert.equal(records.get(ID)?.record.state, 1);
    assert.match(errors[0]?.message ?? "", /session "cam-7", slot 0: message 1 passed over.*9 MB/);
  });

  it("refuses what is not plain data and names the place", () => {
    const runtime = start();
    const session = { id: "cam-7", slot: 0, epoch: 1, seq: 1 };
    assert.throws(
      () => runtime.processed(session, { a: [1, () => 0] }, []),
      /msg\.state\.a\[1\] must be plain data/,
    );
    assert.throws(() => runtime.processed(session, 1, [{ socket: new EventEmitter() }]), {
      code: "BAD_VALUE",
      message: /output 0\.socket must be plain data, got "a EventEmitter"/,
    });
  });

  it("acknowledges the minimal stream with where its replica is and delivers it apart", async () => {
    records.put(ID, record({ owner: "host-2", seq: 5, state: { count: 5 } }));
    const runtime = start();
    const mirrored: HostMessage[] = [];
    runtime.onMirror((message) => mirrored.push(message));
    send(5, KIND.MIRROR, "recent");
    await seen.until(() => seen.replies.length === 1);
    assert.equal(seen.replies[0]?.seq, 5);
    assert.equal(seen.replies[0]?.meta.mirror, true);
    assert.deepEqual([mirrored[0]?.payload, mirrored[0]?.state], ["recent", { count: 5 }]);
    assert.equal(seen.messages.length, 0);
    assert.deepEqual(runtime.status, {
      owned: 0,
      mirrored: 1,
      pending: 0,
      unconfirmed: 0,
      intakeBytes: 0,
      refused: 0,
    });
  });

  it("acknowledges on arrival without a write per message", async () => {
    records.put(ID, record());
    const runtime = start({ ack: "arrival" });
    for (let seq = 1; seq <= 20; seq++) send(seq);
    await seen.until(() => seen.replies.some(({ seq }) => seq === 20));
    assert.equal(seen.messages.length, 20);
    assert.equal(records.writes, 0);
    send(20, KIND.MARK);
    await seen.until(() => seen.replies.length > 20);
    assert.equal(records.get(ID)?.record.seq, 20, "the cursor is written when the slot is about to move");
    assert.equal(runtime.status.pending, 0);
  });

  it("announces itself with what it measures, and that it is gone", async () => {
    const runtime = start();
    const load = link.announced.get("host-1");
    assert.equal(load?.state, "up");
    assert.deepEqual(load?.capacity, { messagesPerSec: 100 });
    assert.ok((load?.memoryBytes ?? 0) > 1e6);
    runtime.drain();
    assert.equal(link.announced.get("host-1")?.state, "draining");
    runtime.close();
    assert.equal(link.announced.get("host-1")?.state, "gone");
  });

  it("goes on when a listener throws", async () => {
    records.put(ID, record());
    const runtime = start();
    const errors: Error[] = [];
    runtime.onError(({ error }) => errors.push(error));
    runtime.onMessage(() => {
      throw new Error("flow's mistake");
    });
    send(1);
    await seen.until(() => seen.messages.length === 1);
    await new Promise(setImmediate);
    assert.match(errors[0]?.message ?? "", /flow's mistake/);
  });
});
