import assert from "node:assert/strict";
import type { Node } from "node-red";
import { KIND } from "../../src/core/record/envelope.ts";
import { HostFlow, SLOT } from "../support/host-flow.ts";

const receive = { id: "in", type: "session-receive", pool: "pool", host: "host-1", ack: "commit" };
const out = { id: "out", type: "helper" };
const mirror = { id: "mirror", type: "helper" };

describe("session-receive node", () => {
  let flow: HostFlow;
  beforeEach(() => {
    flow = new HostFlow();
  });
  afterEach(() => flow.unload());

  it("emits what the gateway's message was, with session and state", async () => {
    flow.records.put(SLOT, flow.record({ seq: 4, state: { count: 4 } }));
    await flow.load([{ ...receive, wires: [["out"], ["mirror"]] }, out, mirror]);
    const message = flow.next("out");
    flow.send(5);
    const { _msgid, ...rest } = await message;
    assert.equal(typeof _msgid, "string");
    assert.deepEqual(rest, {
      qos: 1,
      topic: "devices/cam-7/a",
      payload: { n: 5 },
      session: { id: "cam-7", slot: 0, epoch: 1, seq: 5 },
      state: { count: 4 },
    });
  });

  it("hands binary payloads over as Buffers", async () => {
    await flow.load([{ ...receive, wires: [["out"], []] }, out]);
    const message = flow.next("out");
    flow.send(1, new Uint8Array([1, 2, 3]));
    assert.deepEqual((await message)["payload"], Buffer.from([1, 2, 3]));
  });

  it("emits the minimal stream on its second output", async () => {
    flow.records.put(SLOT, flow.record({ owner: "host-2", seq: 9, state: "there" }));
    await flow.load([{ ...receive, wires: [["out"], ["mirror"]] }, out, mirror]);
    const message = flow.next("mirror");
    flow.send(9, "recent", KIND.MIRROR);
    const { payload, state } = await message;
    assert.deepEqual([payload, state], ["recent", "there"]);
  });

  it("announces its host, and says goodbye when it is closed", async () => {
    await flow.load([{ ...receive, messagesPerSec: "50", wires: [[], []] }]);
    await flow.until(() => flow.link.announced.has("host-1"));
    assert.deepEqual(flow.link.announced.get("host-1")?.capacity, { messagesPerSec: 50 });
    await (flow.node("in") as Node & { close(): Promise<void> }).close();
    assert.equal(flow.link.announced.get("host-1")?.state, "gone");
  });

  for (const [what, config, message] of [
    ["no pool", { pool: "" }, /no session-pool is chosen/],
    ["a host name that is no topic level", { host: "a/b" }, /host must be .*, got "a\/b"/],
    ["a rate that is no number", { messagesPerSec: "fast" }, /messages per second must be .*, got "fast"/],
    ["an unknown ack", { ack: "never" }, /ack must be "commit" or "arrival", got "never"/],
    ["a time-out of nothing", { commitTimeoutMs: "0" }, /commit time-out must be .*, got "0"/],
  ] as const)
    it(`says what is wrong with ${what}`, async () => {
      await flow.load([{ ...receive, ...config, wires: [[], []] }]);
      const node = flow.node("in") as Node & { error: { args: unknown[][] } };
      assert.match(String(node.error.args[0]?.[0]), message);
    });
});
