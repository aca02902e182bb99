import assert from "node:assert/strict";
import { once } from "node:events";
import { createRequire } from "node:module";
import type { Node, NodeAPI, NodeDef } from "node-red";
import helper from "node-red-node-test-helper";
import registerStitch from "../../nodes/session-stitch.ts";
import { systemClock } from "../../src/adapters/clock.ts";
import type { Gateway, GatewayPool } from "../../src/adapters/pool/gateway-pool.ts";
import { createGateway } from "../../src/adapters/pool/gateway-runtime.ts";
import { SessionDirectory } from "../../src/adapters/pool/session-directory.ts";
import type { PoolSettings } from "../../src/core/stitch/pool-settings.ts";
import { settings } from "../support/linked-pool.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { profileLike } from "../support/session-profiles.ts";

const require = createRequire(import.meta.url);
helper.init(require.resolve("node-red"));

type Message = Record<string, unknown>;

const stitch = { id: "stitch", type: "session-stitch", pool: "pool", wires: [["out"], ["events"]] };
const out = { id: "out", type: "helper" };
const events = { id: "events", type: "helper" };
const HOSTS = ["host-1", "host-2"].map((host) => ({ host, weight: 1, capacity: { messagesPerSec: 10 } }));

describe("session-stitch node", () => {
  let gateway: Gateway | undefined;
  let sessions: SessionDirectory;

  async function load(nodes: object[], overrides: Partial<PoolSettings> = {}): Promise<void> {
    const wired = { ...settings, hosts: HOSTS, stepMs: 20, ...overrides };
    const common = { settings: wired, clock: systemClock, random: seededRandom(1) };
    const pool = {
      name: "pool",
      settings: wired,
      sessions,
      gateway() {
        const onError = (): void => undefined;
        gateway ??= createGateway({ ...common, sessions, link: undefined, records: undefined, onError });
        return gateway;
      },
    } as unknown as GatewayPool;
    const registerPool = (RED: NodeAPI): void =>
      RED.nodes.registerType("session-pool", function (this: Node & { pool?: GatewayPool }, def: NodeDef) {
        RED.nodes.createNode(this, def);
        this.pool = pool;
      });
    await new Promise<void>((started) => helper.startServer(() => started()));
    await helper.load([registerPool, registerStitch] as never, nodes as never);
  }

  const flow = [{ id: "pool", type: "session-pool" }, stitch, out, events];
  const node = (id: string): Node & { error: { args: unknown[][] }; status: { args: unknown[][] } } =>
    helper.getNode(id) as never;
  const next = async (id: string): Promise<Message> => (await once(node(id), "input"))[0] as Message;
  const receive = (message: Message): void => node("stitch").receive(message as never);
  async function until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise((again) => setTimeout(again, 5));
  }

  beforeEach(() => {
    sessions = new SessionDirectory(100);
    gateway = undefined;
  });
  afterEach(async () => {
    await helper.unload();
    await gateway?.close();
    await new Promise<void>((stopped) => helper.stopServer(() => stopped()));
  });

  it("marks each message with its slot's place and keeps what else is on it", async () => {
    await load(flow);
    const got = next("out");
    const opened = next("events");
    receive({ topic: "cam-7", payload: "hello", qos: 1 });
    const { _msgid, ...message } = await got;
    const { owner } = message["stitch"] as { owner: string };
    const mark = { slot: 0, epoch: 1, owner, shares: { [owner]: 1 } };
    assert.deepEqual(message, { topic: "cam-7", payload: "hello", qos: 1, stitch: mark });
    const event = await opened;
    assert.deepEqual([event["topic"], event["payload"]], ["cam-7", event["planEvent"]]);
    const { kind, to, reason } = event["payload"] as Message;
    assert.deepEqual({ kind, to, reason }, { kind: "opened", to: owner, reason: "first message" });
  });

  it("takes the slot from the profile node's session", async () => {
    await load(flow);
    const session = { id: "cam-7", bytes: 9, kind: "text", pattern: "unknown", slot: 3, slots: 16 };
    const got = next("out");
    receive({ topic: "other", payload: "hello", session });
    assert.equal(((await got)["stitch"] as Message)["slot"], 3);
    await until(() => gateway?.hosts().some((host) => host.slots === 1) === true);
  });

  it("moves a session for the peak that somebody else's forecast tells of", async () => {
    await load(flow);
    const got = next("out");
    receive({ topic: "cam-7", payload: "hello" });
    const { owner } = (await got)["stitch"] as { owner: string };
    // Another session that fills the same host; two of them are too much for it.
    const other = ["a", "b", "c", "d", "e"].find(
      (id) => gateway?.take({ sessionId: id, slot: 0 }, 1, 1).owner === owner,
    );
    assert.ok(other !== undefined);
    const atMs = systemClock.now();
    const shifted = new Promise<Message>((resolve) => {
      node("events").on("input", (msg) => {
        if ((msg.payload as Message)["kind"] === "shifted") resolve(msg.payload as Message);
      });
    });
    receive({
      sessionProfile: profileLike({ sessionId: other, atMs, skill: 0.9, messages: [12, 12, 12, 12, 12, 12] }),
    });
    receive({ payload: 1, sessionProfile: undefined, topic: "cam-7" });
    receive({
      sessionProfile: profileLike({
        sessionId: "cam-7",
        atMs,
        skill: 0.9,
        messages: [12, 12, 12, 12, 12, 12],
      }),
    });
    const event = await shifted;
    assert.equal(event["from"], owner);
    assert.match(
      String(event["reason"]),
      new RegExp(`^${owner} peak \\d\\.\\d\\d at \\+\\d+ s, \\S+ adds \\d\\.\\d\\d, moved 1/1 slot to host-`),
    );
    assert.equal(sessions.find("cam-7")?.profile?.model.name, "test");
  });

  it("empties a host that a message tells it to drain, and takes it in again", async () => {
    await load(flow);
    const owners = async (): Promise<unknown[]> => {
      const all: unknown[] = [];
      for (let n = 1; n <= 8; n++) {
        const got = next("out");
        receive({ topic: `cam-${n}`, payload: n });
        all.push(((await got)["stitch"] as { owner?: string }).owner);
      }
      return all;
    };
    assert.deepEqual(new Set(await owners()), new Set(["host-1", "host-2"]));
    receive({ drain: "host-1" });
    await until(() => gateway?.hosts().every(({ host, slots }) => host === "host-2" || slots === 0) === true);
    assert.deepEqual(new Set(await owners()), new Set(["host-2"]));
    receive({ drain: { host: "host-1", on: false } });
    receive({ drain: { host: "host-2" } });
    await until(() => gateway?.hosts().every(({ host, slots }) => host === "host-1" || slots === 0) === true);
    assert.deepEqual(new Set(await owners()), new Set(["host-1"]));
  });

  it("says which host a drain can't be of, and goes on", async () => {
    await load(flow);
    receive({ drain: "nobody" });
    await until(() => node("stitch").error.args.length > 0);
    assert.match(String(node("stitch").error.args[0]?.[0]), /no host of the pool is named "nobody"/);
    const got = next("out");
    receive({ topic: "cam-7", payload: 1 });
    assert.ok((await got)["stitch"]);
  });

  it("names the field of a profile that is none, and goes on", async () => {
    await load(flow);
    const { model: _, ...profile } = profileLike({ sessionId: "cam-7", atMs: 0, messages: [1] });
    receive({ sessionProfile: profile });
    await until(() => node("stitch").error.args.length > 0);
    assert.match(
      String(node("stitch").error.args[0]?.[0]),
      /sessionProfile\.model must be an object, got undefined/,
    );
    const got = next("out");
    receive({ topic: "cam-7", payload: 1 });
    assert.ok((await got)["stitch"]);
  });

  it("refuses a message that belongs to no session, by its id", async () => {
    await load(flow);
    receive({ topic: { a: 1 }, payload: 1 });
    await until(() => node("stitch").error.args.length > 0);
    assert.match(String(node("stitch").error.args[0]?.[0]), /session id \(msg\.topic\)/);
  });

  it("says in its status that it only tries", async () => {
    await load(flow, { dryRun: true });
    const texts = node("stitch").status.args.map(([status]) => (status as Message)["text"]);
    assert.deepEqual(texts, ["dry run, 0 slots"]);
  });

  it("says what is missing where no pool is chosen", async () => {
    await load([stitch, out, events]);
    assert.match(String(node("stitch").error.args[0]?.[0]), /no session-pool is chosen/);
    assert.deepEqual(node("stitch").status.args[0], [{ fill: "red", shape: "ring", text: "not set up" }]);
  });

  it("tells how many more hosts are needed, also in a dry run", async () => {
    await load(flow, { dryRun: true });
    const seen: Message[] = [];
    node("events").on("input", (msg) => void seen.push(msg as unknown as Message));
    for (let i = 0; i < 300; i++) receive({ topic: `cam-${i % 10}`, payload: "x" });
    await until(() => seen.some((msg) => msg["scaleAdvice"] !== undefined));
    const advice = seen.find((msg) => msg["scaleAdvice"] !== undefined) as Message;
    const { hosts, have, want, each } = advice["scaleAdvice"] as Record<string, number>;
    assert.deepEqual([advice["topic"], have, want], ["pool", 2, 2 + Number(hosts)]);
    assert.deepEqual(each, { messagesPerSec: 10 });
    assert.match(String(advice["text"]), /^\d+ more hosts? of 10 msg\/s by \d\d:\d\d$/);
  });
});
