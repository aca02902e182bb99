import assert from "node:assert/strict";
import { createRequire } from "node:module";
import type { Node, NodeAPI, NodeDef } from "node-red";
import helper from "node-red-node-test-helper";
import { readExample } from "../../src/demo/flows.ts";
import { coreTypes, ownTypes } from "../support/gateway-types.ts";
import { StandInPool } from "../support/stand-in-pool.ts";

const require = createRequire(import.meta.url);
helper.init(require.resolve("node-red"));

type Spied = Node & { error: { args: unknown[][] } };
const example = readExample("2-mqtt-gateway");
const idOf = (type: string): string =>
  example.find((node) => node.type === type)?.id ?? assert.fail(`no ${type}`);

/** In place of the broker: the test sends what a device would. */
function registerMqtt(RED: NodeAPI): void {
  for (const type of ["mqtt-broker", "session-store", "mqtt in"])
    RED.nodes.registerType(type, function (this: Node, def: NodeDef) {
      RED.nodes.createNode(this, def);
    });
}

describe("example 2, MQTT gateway", () => {
  let stand: StandInPool;

  beforeEach(async function () {
    const own = await ownTypes("session-profile", "session-forecast", "session-stitch", "session-route");
    if (!own) return this.skip();
    stand = new StandInPool();
    const core = coreTypes("common/21-debug.js", "common/90-comment.js", "function/10-function.js");
    const pool = (RED: NodeAPI): void => stand.register(RED);
    await new Promise<void>((started) => helper.startServer(() => started()));
    await helper.load([...core, registerMqtt, pool, ...own] as never, example as never);
  });
  afterEach(async () => {
    await helper.unload();
    await new Promise<void>((stopped) => helper.stopServer(() => stopped()));
  });

  const publish = (topic: string, payload: Buffer): void =>
    helper.getNode(idOf("mqtt in")).send({ topic, payload, qos: 1, retain: false } as never);

  it("makes the device the session, its channel the slot, and keeps payloads as they are", async () => {
    const binary = Buffer.from([0, 0, 0, 7, 0xff, 0xfe, 0x80]);
    publish("devices/cam-1/view-1", binary);
    publish("devices/cam-1/view-2", Buffer.from('{"n":8}'));
    while (stand.offers.length < 2) await new Promise(setImmediate);
    const [first, second] = stand.offers;
    assert.equal(first?.id.sessionId, "cam-1");
    assert.deepEqual(first?.message.payload, binary);
    assert.equal(first?.message.topic, "devices/cam-1/view-1");
    assert.equal(second?.message.payload, '{"n":8}');
    assert.ok((first?.id.slot ?? -1) >= 0 && (first?.id.slot ?? 24) < 24);
    assert.equal(stand.taken.length, 2, "each message is counted once");
    assert.deepEqual(
      stand.taken.map(({ slots }) => slots),
      [24, 24],
    );
  });

  it("starts without an error", () => {
    for (const { id, type } of example.filter((node) => node.type.startsWith("session-") && node.z))
      assert.deepEqual((helper.getNode(id) as Spied).error.args, [], type);
  });
});
