import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MqttLink } from "../../src/adapters/mqtt/mqtt-link.ts";
import { KIND } from "../../src/core/record/envelope.ts";
import { type Broker, startBroker } from "../../src/demo/broker.ts";
import { isUp, LinkProbe } from "../support/link-probe.ts";
import { freePort, makeCertificate, mosquittoBinary, startMosquitto } from "../support/mosquitto.ts";
import { PoolFlow } from "../support/pool-flow.ts";

const SLOT = { sessionId: "cam-7", slot: 0 };
const store = { id: "store", type: "session-store" };
const out = { id: "out", type: "helper" };
/** As the editor saves a fresh one. */
const pool = {
  id: "pool",
  type: "session-pool",
  name: "",
  hosts: [],
  discover: true,
  broker: "",
  tls: "",
  store: "",
  policy: "predictive",
  threshold: "0.85",
  leadTimeMs: "15000",
  stepMs: "5000",
  dwellMs: "45000",
  minimalRate: "64",
  dryRun: false,
  maxSessions: "10000",
};
const receive = { id: "in", type: "session-receive", pool: "pool", host: "host-1", ack: "commit" };
const commit = {
  id: "commit",
  type: "session-commit",
  pool: "pool",
  outboxBytes: "1048576",
  wires: [["out"]],
};

describe("session-pool node", () => {
  let flow: PoolFlow;
  beforeEach(() => {
    flow = new PoolFlow();
  });
  afterEach(() => flow.unload());

  it("works as it is dropped: wired outputs, no broker, no store", async () => {
    await flow.load([pool]);
    const { settings, sessions, hostRuntime } = flow.node("pool").pool ?? {};
    assert.equal(settings?.name, "pool");
    assert.equal(settings?.broker, undefined);
    assert.equal(sessions?.size, 0);
    assert.equal(hostRuntime, undefined);
    assert.equal(flow.node("pool").error.args.length, 0);
  });

  for (const [fields, message] of [
    [{ threshold: "85" }, /threshold must be 0\.1 to 0\.99 of capacity, got "85"/],
    [{ broker: "localhost" }, /broker must be mqtt:\/\/host:port .*, got "localhost"/],
    [{ hosts: [{ name: "a b" }] }, /host 1: name must be .*, got "a b"/],
  ] as const)
    it(`says what is wrong with ${JSON.stringify(fields)}, and the flow goes on`, async () => {
      await flow.load([
        { ...pool, ...fields },
        { ...receive, wires: [[], []] },
      ]);
      assert.match(String(flow.node("pool").error.args[0]?.[0]), message);
      assert.equal(flow.node("pool").pool, undefined);
      assert.ok(flow.node("in"), "the receive node runs and says so, too");
    });

  it("tells a receive node that a TLS configuration is missing", async () => {
    const secure = { ...pool, broker: "mqtts://127.0.0.1:8883", tls: "none-such", store: "store" };
    await flow.load([store, secure, { ...receive, wires: [[], []] }]);
    assert.match(String(flow.node("in").error.args[0]?.[0]), /TLS configuration is missing or disabled/);
  });

  it("warns that its broker is down, with the reason", async () => {
    const broker = `mqtt://127.0.0.1:${await freePort()}`;
    await flow.load([store, { ...pool, broker, store: "store" }, { ...receive, wires: [[], []] }]);
    const warned = await flow.until(() => flow.node("pool").warn.args[0]?.[0]);
    assert.match(String(warned), /no link to mqtt:.*: no broker listens there/);
  });

  describe("with a broker", () => {
    let broker: Broker;
    let gateway: MqttLink;
    before(async () => {
      broker = await startBroker();
    });
    after(() => broker.close());
    afterEach(() => gateway.close());

    it("makes its Node-RED a host: announced, fed, committed, acknowledged, and gone when closed", async () => {
      const record = { epoch: 1, owner: "host-1", seq: 0, state: undefined, outbox: [], writeId: "gw.1" };
      flow.records.put(SLOT, record);
      gateway = new MqttLink({ pool: "hall 1", broker: { url: broker.url } });
      const probe = new LinkProbe(gateway, gateway);
      const acked = new Promise<number>((resolve) => {
        gateway.onGatewayStream("gw", ({ kind, seq }) => kind === KIND.ACK && resolve(seq));
      });
      await isUp(gateway);
      const linked = { ...pool, name: "hall 1", broker: broker.url, store: "store" };
      await flow.load([store, linked, { ...receive, wires: [["commit"], []] }, commit, out]);
      await probe.hears(({ host, state }) => host === "host-1" && state === "up");
      const committed = new Promise<Record<string, unknown>>((resolve) => {
        flow.node("out").on("input", (msg) => resolve(msg as unknown as Record<string, unknown>));
      });
      await flow.until(() => (flow.node("in") ? true : undefined));
      await broker.subscribed("stitch/hall 1/to/host-1");
      gateway.sendToHost("host-1", {
        ...SLOT,
        kind: KIND.DATA,
        epoch: 1,
        seq: 1,
        meta: { gateway: "gw", topic: "devices/cam-7/a", low: 1 },
        payload: Buffer.from([1, 2]),
      });
      assert.deepEqual((await committed)["payload"], Buffer.from([1, 2]));
      assert.equal(await acked, 1);
      await (flow.node("in") as unknown as { close(): Promise<void> }).close();
      await probe.hears(({ state }) => state === "gone");
    });
  });

  it("gives its user and password to the broker", async function () {
    const user = { name: "me", password: "secret" };
    const { url, stop } = await startMosquitto(mosquittoBinary(this), { user });
    try {
      const linked = { ...pool, broker: url, store: "store" };
      const credentials = { pool: { user: user.name, password: user.password } };
      await flow.load([store, linked, { ...receive, wires: [[], []] }], credentials);
      const gateway = new MqttLink({
        pool: "pool",
        broker: { url, user: user.name, password: user.password },
      });
      await new LinkProbe(gateway, gateway).hears(({ state }) => state === "up");
      await gateway.close();
      assert.equal(flow.node("pool").warn.called, false);
    } finally {
      await stop();
    }
  });

  it("reaches its broker over TLS with Node-RED's own tls-config node", async function () {
    const folder = mkdtempSync(join(tmpdir(), "pool-"));
    const tls = makeCertificate(folder);
    const { url, stop } = await startMosquitto(mosquittoBinary(this), { tls });
    try {
      const config = { id: "tls", type: "tls-config", cert: "", key: "", ca: tls.ca, verifyservercert: true };
      const linked = { ...pool, broker: url, store: "store", tls: "tls" };
      await flow.load([config, store, linked, { ...receive, wires: [[], []] }]);
      const gateway = new MqttLink({ pool: "pool", broker: { url, tls: { ca: readFileSync(tls.ca) } } });
      await new LinkProbe(gateway, gateway).hears(({ state }) => state === "up");
      await gateway.close();
      assert.equal(flow.node("pool").warn.called, false);
    } finally {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
