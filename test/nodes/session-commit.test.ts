import assert from "node:assert/strict";
import type { Node } from "node-red";
import { HostFlow, SLOT } from "../support/host-flow.ts";

type Message = Record<string, unknown>;

const receive = { id: "in", type: "session-receive", pool: "pool", host: "host-1", wires: [["work"], []] };
const work = { id: "work", type: "helper" };
const commit = { id: "commit", type: "session-commit", pool: "pool", wires: [["out"]] };
const out = { id: "out", type: "helper" };
const complete = { id: "done", type: "complete", scope: ["out"], wires: [["commit"]] };
const catcher = { id: "caught", type: "catch", scope: ["work"], wires: [["commit"]] };

describe("session-commit node", () => {
  let flow: HostFlow;
  beforeEach(() => {
    flow = new HostFlow();
  });
  afterEach(() => flow.unload());

  /** A flow that hands what `handle` returns to the commit node. */
  function process(handle: (msg: Message) => Message): void {
    flow.node("work").on("input", (msg, _send, done) => {
      flow.node("commit").receive(handle(msg as unknown as Message) as never);
      done();
    });
  }

  it("emits the message itself, marked, after state and output are stored together", async () => {
    await flow.load([receive, work, commit, out]);
    process((msg) => ({ ...msg, topic: "results/cam-7", state: { count: 1 }, res: { send: () => 0 } }));
    const emitted = flow.next("out");
    flow.send(1);
    const { _msgid, ...message } = await emitted;
    const mark = {
      id: "cam-7/0/1/0",
      sessionId: "cam-7",
      slot: 0,
      epoch: 1,
      seq: 1,
      index: 0,
      repeat: false,
    };
    assert.deepEqual(message, { qos: 1, topic: "results/cam-7", payload: { n: 1 }, output: mark });
    const { state, outbox, seq } = flow.records.get(SLOT)?.record ?? {};
    assert.deepEqual([state, seq, outbox?.length], [{ count: 1 }, 1, 1]);
  });

  it("takes no outputs beside the commit node that is there", async () => {
    const second = { ...commit, id: "second", wires: [["other"]] };
    // The one that is made last attaches first.
    await flow.load([receive, work, second, commit, out, { id: "other", type: "helper" }]);
    process((msg) => ({ ...msg, state: 1 }));
    let others = 0;
    flow.node("other").on("input", () => others++);
    const emitted = flow.next("out");
    flow.send(1);
    await emitted;
    assert.equal(others, 0);
  });

  it("emits msg.outputs in their place, none where it is empty", async () => {
    await flow.load([receive, work, commit, out]);
    process((msg) => ({
      ...msg,
      outputs: (msg["payload"] as { n: number }).n === 1 ? [] : [{ payload: "a" }, { payload: "b" }],
    }));
    const got: Message[] = [];
    flow.node("out").on("input", (msg) => got.push(msg as unknown as Message));
    flow.send(1);
    flow.send(2);
    await flow.until(() => got.length === 2);
    assert.deepEqual(
      got.map(({ payload, output }) => [payload, (output as Message)["id"]]),
      [
        ["a", "cam-7/0/2/0"],
        ["b", "cam-7/0/2/1"],
      ],
    );
  });

  it("keeps an output in the record until a Complete node confirms it", async () => {
    await flow.load([receive, work, commit, out, complete]);
    process((msg) => msg);
    const pending: (() => void)[] = [];
    flow.node("out").on("input", (_msg, _send, done) => pending.push(done));
    flow.send(1);
    await flow.until(() => pending.length === 1);
    assert.equal(flow.runtime?.status.unconfirmed, 1);
    flow.send(2);
    await flow.until(() => flow.records.get(SLOT)?.record.seq === 2);
    assert.equal(flow.records.get(SLOT)?.record.outbox.length, 2);
    assert.equal(pending.length, 1, "the next output waits for the one before");
    pending[0]?.();
    await flow.until(() => pending.length === 2);
    pending[1]?.();
    await flow.until(() => flow.runtime?.status.unconfirmed === 0);
  });

  it("keeps the last outputs only where no Complete node is wired", async () => {
    await flow.load([receive, work, commit, out]);
    process((msg) => msg);
    for (const seq of [1, 2, 3]) {
      flow.send(seq);
      await flow.until(() => flow.records.get(SLOT)?.record.seq === seq);
    }
    assert.deepEqual(
      flow.records.get(SLOT)?.record.outbox.map(({ seq }) => seq),
      [3],
    );
  });

  it("passes over what a Catch node brings, with the state as it was", async () => {
    flow.records.put(SLOT, flow.record({ state: { count: 7 } }));
    await flow.load([receive, work, commit, out, catcher]);
    flow.node("work").on("input", (msg, _send, done) => {
      (msg as unknown as { state: { count: number } }).state.count = -1;
      done(new Error("half way"));
    });
    flow.send(1);
    await flow.until(() => flow.records.get(SLOT)?.record.seq === 1);
    assert.deepEqual(flow.records.get(SLOT)?.record.state, { count: 7 });
    assert.deepEqual(flow.records.get(SLOT)?.record.outbox, []);
  });

  for (const [what, msg, message] of [
    ["a message that lost its session", { payload: 1 }, /msg\.session of the receive node must reach/],
    ["a session that is none", { session: { id: "x", slot: -1, epoch: 1, seq: Number.NaN } }, /msg\.session/],
    ["outputs that are no array", { outputs: "two" }, /msg\.outputs must be an array of messages, got "two"/],
    ["an output that is no message", { outputs: [1] }, /msg\.outputs\[0\] must be a message, got 1/],
    [
      "a state that is no data",
      { state: { a: () => 0 } },
      /msg\.state\.a must be plain data, got "function"/,
    ],
  ] as const)
    it(`says what is wrong with ${what}`, async () => {
      await flow.load([receive, work, commit, out]);
      const session = { id: "cam-7", slot: 0, epoch: 1, seq: 1 };
      const node = flow.node("commit") as Node & { error: { args: unknown[][] } };
      node.receive(("payload" in msg ? msg : { session, ...msg }) as never);
      await flow.until(() => node.error.args.length > 0);
      assert.match(String(node.error.args[0]?.[0]), message);
    });
});
