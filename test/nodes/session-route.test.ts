import assert from "node:assert/strict";
import { createRequire } from "node:module";
import fc from "fast-check";
import type { Node, NodeAPI } from "node-red";
import helper from "node-red-node-test-helper";
import registerRoute from "../../nodes/session-route.ts";
import { StitchError } from "../../src/core/errors.ts";
import { StandInPool } from "../support/stand-in-pool.ts";

const require = createRequire(import.meta.url);
helper.init(require.resolve("node-red"));

type Message = Record<string, unknown>;
type Spied = Node & { error: { args: unknown[][] }; status: { args: unknown[][] } };

const HOSTS = ["host-1", "host-2", "host-3"];
const wired = {
  id: "route",
  type: "session-route",
  pool: "",
  delivery: "wire",
  hosts: HOSTS,
  outputs: 4,
  balance: "auto",
  bufferBytes: "16777216",
  wires: [["out-1"], ["out-2"], ["out-3"], ["none"]],
};
const byMqtt = { ...wired, pool: "pool", delivery: "mqtt", outputs: 1, wires: [["none"]] };
const sinks = ["out-1", "out-2", "out-3", "none"].map((id) => ({ id, type: "helper" }));
const session = { id: "cam-7", bytes: 10, kind: "json", pattern: "unknown", slot: 2, slots: 8 };

describe("session-route node", () => {
  let stand: StandInPool;
  /** What arrived, with the sink it arrived at. */
  let arrived: { sink: string; msg: Message }[];

  async function load(route: object): Promise<void> {
    const pool = (RED: NodeAPI): void => stand.register(RED);
    await helper.load(
      [pool, registerRoute] as never,
      [{ id: "pool", type: "session-pool" }, route, ...sinks] as never,
    );
    for (const { id } of sinks)
      helper.getNode(id).on("input", (msg) => arrived.push({ sink: id, msg: msg as unknown as Message }));
  }
  const send = (msg: Message): void => helper.getNode("route").receive(msg as never);
  async function until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise(setImmediate);
  }
  async function next(): Promise<{ sink: string; msg: Message }> {
    await until(() => arrived.length > 0);
    return arrived.shift() ?? assert.fail();
  }
  const spied = (): Spied => helper.getNode("route") as Spied;
  const errors = (): string[] => spied().error.args.map(([error]) => String(error));
  const statusText = (): unknown => (spied().status.args.at(-1)?.[0] as { text?: string })?.text;

  beforeEach(async () => {
    stand = new StandInPool();
    arrived = [];
    await new Promise<void>((started) => helper.startServer(() => started()));
  });
  afterEach(async () => {
    await helper.unload();
    await new Promise<void>((stopped) => helper.stopServer(() => stopped()));
  });

  describe("by wire", () => {
    it("sends a stitched message to the output of its owner, as it came", async () => {
      await load({ ...wired, pool: "pool" });
      const msg = {
        _msgid: "m",
        topic: "t",
        payload: { n: 1 },
        session,
        stitch: { slot: 2, owner: "host-2" },
      };
      send(msg);
      assert.deepEqual(await next(), { sink: "out-2", msg });
      assert.deepEqual(stand.taken, [], "it was counted where it was stitched");
    });

    for (const [what, stitch, reason] of [
      ["an owner without an output", { owner: "host-9" }, /no output of this node is named host-9/],
      ["no owner", { owner: undefined }, /no host owns the session's slot/],
      ["an owner that is gone", { owner: "host-3" }, /host-3 is gone: it said goodbye/],
      ["an owner that is none", { owner: { host: "host-1" } }, /no host owns/],
    ] as const)
      it(`takes ${what} for undeliverable, and says why`, async () => {
        stand.views = [
          ...["host-1", "host-2"].map((host) => stand.view(host)),
          stand.view("host-3", { state: "gone", reason: "it said goodbye" }),
        ];
        await load({ ...wired, pool: "pool" });
        send({ payload: 1, stitch });
        const { sink, msg } = await next();
        assert.equal(sink, "none");
        const mark = msg["undeliverable"] as { reason: string; code: string; host?: string };
        assert.match(mark.reason, reason);
        assert.equal(mark.code, "NO_HOST");
        assert.equal(mark.host, typeof stitch.owner === "string" ? stitch.owner : undefined);
        assert.equal(msg["payload"], 1);
      });

    it("balances messages of no session by itself, without any pool", async () => {
      await load(wired);
      for (let i = 0; i < 6; i++) send({ payload: i });
      await until(() => arrived.length === 6);
      const counts = HOSTS.map((_, i) => arrived.filter(({ sink }) => sink === `out-${i + 1}`).length);
      assert.deepEqual(counts, [2, 2, 2]);
    });

    it("counts feedback, tells the pool, delivers none of it, and leaves a host that fails", async () => {
      await load({ ...wired, pool: "pool" });
      send({ payload: 1, feedback: { host: "host-1", latencyMs: 5 } });
      for (let i = 0; i < 5; i++) send({ payload: 1, feedback: { host: "host-2", error: true } });
      await until(() => stand.feedbacks.length === 6);
      for (let i = 0; i < 8; i++) send({ payload: i });
      await until(() => arrived.length === 8);
      assert.ok(arrived.every(({ sink }) => sink === "out-1" || sink === "out-3"));
      assert.deepEqual(stand.feedbacks[0], { host: "host-1", latencyMs: 5, failed: false });
      assert.equal(stand.feedbacks[5]?.failed, true);
    });

    it("goes on after feedback that is none", async () => {
      await load(wired);
      send({ payload: 1, feedback: { host: "host-9", latencyMs: 5 } });
      send({ payload: 1, feedback: 7 });
      send({ payload: "next" });
      assert.equal((await next()).msg["payload"], "next");
      assert.match(
        errors()[0] ?? "",
        /host must be one of this node's \(host-1, host-2, host-3\), got "host-9"/,
      );
      assert.match(errors()[1] ?? "", /msg\.feedback must be \{ host, latencyMs, error \}, got 7/);
    });

    it("shows how messages were shared out", async () => {
      await load(wired);
      assert.equal(statusText(), "33/33/33 %");
    });

    it("goes on, whatever comes", async () => {
      await load(wired);
      const message = fc.record({ stitch: fc.anything(), feedback: fc.anything() }, { requiredKeys: [] });
      for (const msg of fc.sample(message, 200)) send({ ...msg, payload: 1 });
      send({ payload: "last" });
      await until(() => arrived.some(({ msg }) => msg["payload"] === "last"));
    });
  });

  describe("by MQTT", () => {
    it("hands each message to its slot's gateway, with its other properties", async () => {
      await load(byMqtt);
      send({
        _msgid: "m",
        topic: "t",
        payload: { n: 1 },
        qos: 1,
        session,
        stitch: stand.mark({ sessionId: "cam-7", slot: 2 }),
        req: {},
        res: {},
      });
      await until(() => stand.offers.length === 1);
      const { id, message } = stand.offers[0] ?? assert.fail();
      assert.deepEqual(id, { sessionId: "cam-7", slot: 2 });
      const { bytes, atMs, ...rest } = message;
      assert.deepEqual(rest, { topic: "t", payload: { n: 1 }, props: { qos: 1 } });
      assert.ok(bytes > 0 && atMs > 0);
      assert.deepEqual(stand.taken, [], "stitch has counted it");
      assert.equal(stand.bufferBytes, 16_777_216);
    });

    it("asks the pool for the owner where no stitch node did", async () => {
      await load(byMqtt);
      send({ topic: "cam-8", payload: "abc" });
      await until(() => stand.offers.length === 1);
      assert.deepEqual(stand.taken, [{ id: { sessionId: "cam-8", slot: 0 }, slots: 1, bytes: 3 }]);
    });

    it("keeps what it sends: the flow may change its message afterwards", async () => {
      await load(byMqtt);
      const payload = Buffer.from("abc");
      helper.getNode("route").emit(
        "input",
        { topic: "t", payload },
        () => undefined,
        () => undefined,
      );
      await until(() => stand.offers.length === 1);
      payload[0] = 0;
      assert.deepEqual(stand.offers[0]?.message.payload, Buffer.from("abc"));
    });

    it("brings out what the gateway does not take, with the reason", async () => {
      stand.refusal = new StitchError("BUFFER_FULL", "the buffer is full");
      await load(byMqtt);
      send({ topic: "t", payload: 1, session });
      const { sink, msg } = await next();
      assert.equal(sink, "none");
      assert.deepEqual(msg["undeliverable"], {
        reason: "the buffer is full",
        code: "BUFFER_FULL",
        host: "host-1",
      });
      assert.deepEqual(msg["session"], session);
    });

    it("brings out what the gateway gave up later", async () => {
      await load(byMqtt);
      const message = { topic: "t", payload: 1, props: { qos: 1 }, bytes: 1, atMs: 1 };
      const error = new StitchError("NO_HOST", "no host for so long");
      for (const listener of stand.undeliverable)
        listener({ id: { sessionId: "cam-7", slot: 3 }, message, error });
      const { msg } = await next();
      const { _msgid, ...rest } = msg;
      assert.equal(typeof _msgid, "string");
      assert.deepEqual(rest, {
        topic: "t",
        payload: 1,
        qos: 1,
        session: { id: "cam-7", slot: 3 },
        undeliverable: { reason: "no host for so long", code: "NO_HOST" },
      });
    });

    for (const [what, msg, message] of [
      [
        "a payload that is no data",
        { topic: "t", payload: { f: () => 0 } },
        /msg\.payload\.f must be plain data/,
      ],
      [
        "a property that is no data",
        { topic: "t", payload: 1, socket: new Map() },
        /msg\.socket must be plain data, got "a Map"/,
      ],
      [
        "a property __proto__",
        JSON.parse('{ "topic": "t", "payload": 1, "__proto__": { "a": 1 } }'),
        /__proto__/,
      ],
      ["a message of no session", { payload: 1 }, /msg\.topic/],
    ] as const)
      it(`says what is wrong with ${what}, and goes on`, async () => {
        await load(byMqtt);
        send(msg);
        await until(() => errors().length > 0);
        assert.match(errors()[0] ?? "", message);
        assert.deepEqual(stand.taken, []);
        send({ topic: "t", payload: 1 });
        await until(() => stand.offers.length === 1);
      });

    for (const [link, text] of [
      ["down", "down, 12 kept"],
      ["connecting", "connecting"],
      ["up", "12 retained"],
    ] as const)
      it(`shows a link that is ${link}`, async () => {
        stand.status = { ...stand.status, link, retained: 12 };
        await load(byMqtt);
        assert.equal(statusText(), text);
      });

    it("lets go of the gateway when it is closed", async () => {
      await load(byMqtt);
      assert.equal(stand.undeliverable.size, 1);
      await (helper.getNode("route") as Node & { close(): Promise<void> }).close();
      assert.equal(stand.undeliverable.size, 0);
    });
  });

  for (const [what, config, message] of [
    ["MQTT without a pool", { ...byMqtt, pool: "" }, /delivery by MQTT needs a session-pool: choose one/],
    ["a pool that is disabled", { ...wired, pool: "nowhere" }, /the session-pool that is chosen is missing/],
    ["hosts of the same name", { ...wired, hosts: ["a", "a"] }, /a host of its own, got "a"/],
    ["a buffer that is no number", { ...byMqtt, bufferBytes: "many" }, /buffer must be .*, got "many"/],
  ] as const)
    it(`says what is wrong with ${what}, also by each message`, async () => {
      await load(config);
      assert.match(errors()[0] ?? "", message);
      assert.equal(statusText(), "not set up");
      send({ payload: 1 });
      await until(() => errors().length > 1);
      assert.match(errors()[1] ?? "", message);
    });

  it("says that MQTT needs a broker", async () => {
    stand.broker = undefined;
    await load(byMqtt);
    assert.match(errors()[0] ?? "", /delivery by MQTT needs a broker: pool "pool" has none/);
  });
});
