import assert from "node:assert/strict";
import { once } from "node:events";
import { createRequire } from "node:module";
import fc from "fast-check";
import type { Node, NodeAPI, NodeDef } from "node-red";
import helper from "node-red-node-test-helper";
import register from "../../nodes/session-profile.ts";
import { SessionDirectory } from "../../src/adapters/pool/session-directory.ts";

helper.init(createRequire(import.meta.url).resolve("node-red"));
const catcher = createRequire(import.meta.url)("@node-red/nodes/core/common/25-catch.js");

const profile = {
  id: "profile",
  z: "tab",
  type: "session-profile",
  pool: "",
  sessionId: "topic",
  sessionIdType: "msg",
  slotKey: "",
  slotKeyType: "none",
  slots: "16",
  deviceProfile: "",
  windowMs: "60000",
  wires: [["out"], ["change"]],
};
const rest = [
  { id: "tab", type: "tab", env: [{ name: "DEVICE", value: "pump-7", type: "str" }] },
  { id: "out", z: "tab", type: "helper" },
  { id: "change", z: "tab", type: "helper" },
  { id: "catch", z: "tab", x: 0, y: 0, type: "catch", scope: ["profile"], wires: [["caught"]] },
  { id: "caught", z: "tab", type: "helper" },
];

type Message = Record<string, unknown>;

/** A session-pool that only has a directory. */
function registerPool(sessions: SessionDirectory): (RED: NodeAPI) => void {
  return (RED) =>
    RED.nodes.registerType("session-pool", function (this: Node & { pool?: object }, def: NodeDef) {
      RED.nodes.createNode(this, def);
      this.pool = { sessions };
    });
}

async function load(fields: object = {}, more: object[] = [], types: unknown[] = []): Promise<void> {
  await new Promise<void>((started) => helper.startServer(() => started()));
  const flow = [...more, { ...profile, ...fields }, ...rest];
  await helper.load([register, catcher, ...types] as never, flow as never);
}

const node = (): Node & { error: { args: unknown[][] }; warn: { args: unknown[][] } } =>
  helper.getNode("profile") as never;

async function next(id: string): Promise<Message> {
  const [message] = await once(helper.getNode(id), "input");
  return message as Message;
}

/** What comes out of the first output for this message. */
async function sent(message: Message): Promise<Message> {
  const out = next("out");
  node().receive(message as never);
  return out;
}

/** The error that a Catch node gets for this message. */
async function refusal(message: Message): Promise<string> {
  const caught = next("caught");
  node().receive(message as never);
  return ((await caught)["error"] as { message: string }).message;
}

describe("session-profile node", () => {
  afterEach(async () => {
    await helper.unload();
    await new Promise<void>((stopped) => helper.stopServer(() => stopped()));
  });

  it("adds the session to the message and leaves all else as it was", async () => {
    await load();
    const message = { _msgid: "m1", topic: "a/b", payload: { t: 1 }, qos: 1, req: { id: 7 } };
    const session = { id: "a/b", bytes: 7, kind: "json", pattern: "unknown", slot: 0, slots: 1 };
    assert.deepEqual(await sent(message), { ...message, session });
  });

  for (const [type, sessionId, message, id] of [
    ["msg", "device.id", { device: { id: "d-1" } }, "d-1"],
    ["msg", "device[0]", { device: ["d-2"] }, "d-2"],
    ["msg", "ids[msg.which]", { ids: { a: "d-3" }, which: "a" }, "d-3"],
    ["msg", "payload", { payload: 7 }, "7"],
    ["str", "gateway", {}, "gateway"],
    ["env", "DEVICE", {}, "pump-7"],
    ["jsonata", "$uppercase(topic)", { topic: "d-4" }, "D-4"],
  ] as [string, string, Message, string][])
    it(`takes the id from ${type} ${sessionId}`, async () => {
      await load({ sessionId, sessionIdType: type });
      assert.equal(((await sent(message))["session"] as { id: string }).id, id);
    });

  for (const scope of ["flow", "global"] as const)
    it(`takes the id from ${scope} context`, async () => {
      await load({ sessionId: "device", sessionIdType: scope });
      node().context()[scope].set("device", "d-5");
      assert.equal(((await sent({}))["session"] as { id: string }).id, "d-5");
    });

  it("takes the slot from the key, the same for the same key", async () => {
    await load({ slotKey: "payload.sensor", slotKeyType: "msg", slots: "8" });
    const slotOf = async (sensor: unknown): Promise<unknown> =>
      ((await sent({ topic: "gw", payload: { sensor } }))["session"] as { slot: number; slots: number }).slot;
    const slots = new Set<unknown>();
    for (let i = 0; i < 60; i++) slots.add(await slotOf(`s${i}`));
    assert.equal(slots.size, 8);
    assert.equal(await slotOf("s1"), await slotOf("s1"));
  });

  it("keeps the order of messages whose id takes an expression", async () => {
    await load({
      sessionId: "slow ? $join($map([1..300], function($i) { 'x' })) : topic",
      sessionIdType: "jsonata",
    });
    const got: unknown[] = [];
    const all = new Promise<void>((done) => {
      helper.getNode("out").on("input", (message) => {
        if (got.push(message.payload) === 10) done();
      });
    });
    for (let i = 0; i < 10; i++) node().receive({ topic: "t", payload: i, slow: i % 2 === 0 } as never);
    await all;
    assert.deepEqual(got, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("tells on its second output that a device profile was recognised", async () => {
    await load();
    const change = next("change");
    node().receive({ topic: "zigbee2mqtt/hall", payload: '{"occupancy":true}' } as never);
    const { topic, payload } = (await change) as { topic: string; payload: Message };
    assert.equal(topic, "zigbee2mqtt/hall");
    assert.deepEqual(payload["before"], { pattern: "unknown" });
    assert.deepEqual(payload["after"], { pattern: "unknown", deviceProfile: "zigbee-motion" });
    assert.equal((payload["deviceProfile"] as Message)["name"], "zigbee-motion");
    assert.equal((payload["summary"] as Message)["messages"], 1);
  });

  it("lets a declared device profile hold for all its sessions", async () => {
    await load({ deviceProfile: "vibration-raw" });
    const { session } = await sent({ topic: "zigbee2mqtt/hall", payload: '{"occupancy":true}' });
    assert.equal((session as { pattern: string }).pattern, "streaming");
  });

  it("shares what it measures with the other nodes of its pool", async () => {
    const sessions = new SessionDirectory(10);
    await load({ pool: "pool" }, [{ id: "pool", type: "session-pool" }], [registerPool(sessions)]);
    await sent({ topic: "plc/1", payload: { a: 1 } });
    const { summary, deviceProfile } = sessions.find("plc/1") ?? {};
    assert.equal(summary?.messages, 1);
    assert.equal(deviceProfile?.name, "plc-poll");
  });

  it("warns of a pool that isn't there, and works without", async () => {
    await load({ pool: "gone" });
    assert.match(String(node().warn.args[0]?.[0]), /session-pool is missing/);
    assert.ok((await sent({ topic: "a" }))["session"]);
  });

  for (const [what, message, error] of [
    ["no topic", { payload: 1 }, /session id \(msg\.topic\) must be .*, got undefined$/],
    ["an empty topic", { topic: "" }, /got ""$/],
    ["NaN", { topic: Number.NaN }, /got NaN$/],
    ["10,000 characters", { topic: "x".repeat(10_000) }, /\(10000 characters\)$/],
  ] as [string, Message, RegExp][])
    it(`reports ${what}, and takes the next message`, async () => {
      await load();
      assert.match(await refusal(message), error);
      assert.ok((await sent({ topic: "a", payload: "" }))["session"]);
    });

  it("reports a message without its slot key", async () => {
    await load({ slotKey: "payload.sensor", slotKeyType: "msg" });
    assert.match(
      await refusal({ topic: "a", payload: null }),
      /slot key \(msg\.payload\.sensor\) must be .*undefined$/,
    );
  });

  it("reports an expression that fails, and takes the next message", async () => {
    await load({ sessionId: "$number(topic)", sessionIdType: "jsonata" });
    await refusal({ topic: "seven" });
    assert.equal(((await sent({ topic: "8" }))["session"] as { id: string }).id, "8");
  });

  it("gives every message one answer: the message, or an error", async () => {
    await load();
    const ids = fc.oneof(
      fc.anything(),
      fc.string({ unit: "binary" }),
      fc.constantFrom("__proto__", "constructor", "a/+/#", "$SYS", "\u0000", "😀"),
    );
    let outs = 0;
    let errors = 0;
    helper.getNode("out").on("input", () => outs++);
    helper.getNode("caught").on("input", () => errors++);
    const messages = fc.sample(fc.tuple(ids, fc.anything({ withTypedArray: true })), {
      numRuns: 200,
      seed: 1,
    });
    for (const [topic, payload] of messages) {
      const known = outs + errors;
      node().receive({ topic, payload } as never);
      while (outs + errors === known) await new Promise(setImmediate);
    }
    assert.equal(outs + errors, messages.length);
    assert.ok(outs > 25 && errors > 10, `${outs} out, ${errors} errors`);
  });

  it("takes a payload of 10 MB as any other", async () => {
    await load();
    const { session } = await sent({ topic: "a", payload: Buffer.alloc(10 * 1024 * 1024) });
    assert.equal((session as { bytes: number }).bytes, 10 * 1024 * 1024);
  });

  for (const [what, fields, message] of [
    ["slots of none", { slots: "0" }, /slots must be a whole number from 1 to 256, got "0"/],
    ["an unknown device", { deviceProfile: "toaster" }, /device profile must be/],
    ["a broken expression", { sessionId: "$sum(", sessionIdType: "jsonata" }, /jsonata property is invalid/],
    ["a broken property", { sessionId: "a..b" }, /msg property is invalid/],
  ] as [string, object, RegExp][])
    it(`says what is wrong with ${what}`, async () => {
      await load(fields);
      assert.match(String(node().error.args[0]?.[0]), message);
      assert.match(await refusal({ topic: "a" }), message);
    });

  it("shows how many sessions it knows, and clears its status when it is closed", async () => {
    await load();
    const shown = (): unknown[] => (node().status as unknown as { args: unknown[][] }).args.flat();
    assert.deepEqual(shown(), [{ fill: "grey", shape: "dot", text: "0 sessions" }]);
    await (node() as unknown as { close(): Promise<void> }).close();
    assert.deepEqual(shown().at(-1), {});
  });
});
