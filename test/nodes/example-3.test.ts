import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Node, NodeAPI, NodeDef } from "node-red";
import { HostFlow, SLOT } from "../support/host-flow.ts";

type Message = Record<string, unknown>;
const example = JSON.parse(readFileSync("examples/3-mqtt-host.json", "utf8")) as (NodeDef & {
  scope?: string[];
})[];
const CORE = ["common/90-comment.js", "function/10-function.js", "function/15-change.js"];

describe("example 3, MQTT host with state", () => {
  let flow: HostFlow;
  let published: { msg: Message; done: (error?: Error) => void }[];

  /** In place of the broker: keeps what is published until the test acknowledges it. */
  function registerMqtt(RED: NodeAPI): void {
    for (const type of ["mqtt-broker", "session-store"])
      RED.nodes.registerType(type, function (this: Node, def: NodeDef) {
        RED.nodes.createNode(this, def);
      });
    RED.nodes.registerType("mqtt out", function (this: Node, def: NodeDef) {
      RED.nodes.createNode(this, def);
      this.on("input", (msg, _send, done) => published.push({ msg: msg as unknown as Message, done }));
    });
  }

  beforeEach(async () => {
    flow = new HostFlow();
    published = [];
    await flow.load(example, [...CORE, registerMqtt]);
  });
  afterEach(() => flow.unload());

  it("counts a device's messages in its state and publishes the result", async () => {
    const binary = Buffer.alloc(8);
    binary.writeUInt32BE(30);
    flow.send(1, { n: 10 });
    flow.send(2, '{"n":20}');
    flow.send(3, binary);
    for (let i = 0; i < 3; i++) {
      await flow.until(() => published.length > i);
      published[i]?.done();
    }
    const { msg } = published[2] ?? assert.fail();
    assert.equal(msg["topic"], "results/cam-7/a");
    assert.deepEqual(msg["payload"], {
      device: "cam-7",
      key: "a",
      n: 30,
      count: 3,
      host: "host-1",
      id: "cam-7/0/3/0",
    });
    assert.deepEqual(flow.records.get(SLOT)?.record.state, { count: 3, mean: 20 });
    await flow.until(() => flow.runtime?.status.unconfirmed === 0);
  });

  it("passes over a message that it can't read", async () => {
    flow.send(1, { n: 10 });
    flow.send(2, "not JSON");
    flow.send(3, { n: 30 });
    await flow.until(() => published.length > 0);
    published[0]?.done();
    await flow.until(() => flow.records.get(SLOT)?.record.seq === 3);
    assert.deepEqual(flow.records.get(SLOT)?.record.state, { count: 2, mean: 20 });
  });

  it("gives up an output that its node can't publish", async () => {
    flow.send(1, { n: 10 });
    await flow.until(() => published.length > 0);
    published[0]?.done(new Error("Invalid topic"));
    await flow.until(() => flow.runtime?.status.unconfirmed === 0);
  });
});
