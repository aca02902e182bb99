import assert from "node:assert/strict";
import fc from "fast-check";
import { connectAsync, type MqttClient } from "mqtt";
import { MqttLink } from "../../../src/adapters/mqtt/mqtt-link.ts";
import { type Envelope, KIND } from "../../../src/core/record/envelope.ts";
import type { HostLoad } from "../../../src/core/record/host-load.ts";
import { startBroker } from "../../../src/demo/broker.ts";
import { hostLoad } from "../../support/host-load.ts";
import { isUp, LinkProbe } from "../../support/link-probe.ts";
import { mosquittoBinary, startMosquitto } from "../../support/mosquitto.ts";

const data = (seq: number, payload: unknown = seq): Envelope => ({
  kind: KIND.DATA,
  sessionId: "cam/7 #1",
  slot: 0,
  epoch: 1,
  seq,
  meta: { gateway: "gw/1", topic: "devices/cam-7" },
  payload,
});

interface TestBroker {
  readonly url: string;
  close(): Promise<void>;
}

const brokers: Record<string, (test: Mocha.Context) => Promise<TestBroker>> = {
  aedes: () => startBroker(),
  mosquitto: async (test) => {
    const { url, stop } = await startMosquitto(mosquittoBinary(test));
    return { url, close: () => stop() };
  },
};

for (const [name, start] of Object.entries(brokers))
  describe(`MqttLink over ${name}`, () => {
    let broker: TestBroker;
    let links: MqttLink[] = [];
    const open = (pool = "p"): MqttLink => {
      const link = new MqttLink({ pool, broker: { url: broker.url, reconnectMs: 20 } });
      links.push(link);
      return link;
    };
    const client = (): Promise<MqttClient> =>
      connectAsync(broker.url, { protocolVersion: 4, reconnectPeriod: 0 });

    before(async function () {
      broker = await start(this);
    });
    after(() => broker?.close());
    afterEach(async () => {
      await Promise.all(links.map((link) => link.close()));
      links = [];
    });

    /** A gateway and a host, both up. */
    async function pair(pool = "p"): Promise<{ gateway: MqttLink; host: MqttLink; probe: LinkProbe }> {
      const [gateway, host] = [open(pool), open(pool)];
      const probe = new LinkProbe(host, gateway);
      probe.listen("host-1", "gw/1");
      host.announce(hostLoad());
      await Promise.all([isUp(gateway), isUp(host)]);
      return { gateway, host, probe };
    }

    it("carries streams to hosts and replies to gateways, in order", async () => {
      const { gateway, host, probe } = await pair();
      const sent = Array.from({ length: 2000 }, (_, i) => data(i + 1));
      for (const [i, envelope] of sent.entries()) {
        gateway.sendToHost("host-1", envelope);
        if (i % 100 === 0) await new Promise(setImmediate);
      }
      assert.deepEqual(await probe.atHost(sent.length), sent);
      host.sendToGateway("gw/1", { ...data(7), kind: KIND.ACK, meta: { host: "host-1" }, payload: null });
      const [ack] = await probe.atGateway(1);
      assert.deepEqual([ack?.kind, ack?.seq], [KIND.ACK, 7]);
    });

    it("carries Buffers, Dates and long payloads as they are", async () => {
      const { gateway, probe } = await pair();
      const payload = {
        image: Buffer.alloc(300_000, 7),
        at: new Date(1234),
        list: [Buffer.from("x")],
        none: null,
      };
      gateway.sendToHost("host-1", data(1, payload));
      const [arrived] = await probe.atHost(1);
      assert.deepEqual(arrived?.payload, payload);
    });

    it("keeps pools and hosts apart", async () => {
      const { gateway, probe } = await pair();
      const { gateway: other, probe: otherProbe } = await pair("p/2");
      gateway.sendToHost("host-2", data(1));
      other.sendToHost("host-1", data(2));
      gateway.sendToHost("host-1", data(3));
      assert.deepEqual(
        (await otherProbe.atHost(1)).map(({ seq }) => seq),
        [2],
      );
      assert.deepEqual(
        (await probe.atHost(1)).map(({ seq }) => seq),
        [3],
      );
    });

    it("tells who listens later of the hosts that are there", async () => {
      const { host } = await pair("later");
      host.announce(hostLoad({ pending: 5 }));
      const late = open("later");
      const heard = await new LinkProbe(host, late).hears(({ pending }) => pending === 5);
      assert.deepEqual(heard, hostLoad({ pending: 5 }));
      const again: HostLoad[] = [];
      late.onHosts((load) => again.push(load));
      assert.equal(again.length, 1, "also whoever listens while another does");
    });

    it("says goodbye for a host, and takes its next incarnation", async () => {
      const { gateway, host, probe } = await pair("goodbye");
      host.announce(hostLoad({ state: "gone" }));
      await probe.hears(({ state }) => state === "gone");
      host.announce(hostLoad({ incarnation: "i2" }));
      await probe.hears(({ incarnation, state }) => incarnation === "i2" && state === "up");
      host.announce(hostLoad({ state: "gone" }));
      gateway.sendToHost("host-1", data(1));
      assert.equal((await probe.atHost(1)).length, 1, "a late goodbye of the earlier one ends nothing");
    });

    it("says that two hosts have one name, not that a host has been started anew", async () => {
      const { gateway, host, probe } = await pair("twins");
      host.announce(hostLoad({ state: "gone" }));
      await probe.hears(({ state }) => state === "gone");
      host.announce(hostLoad({ incarnation: "i2" }));
      await isUp(host);
      await probe.hears(({ incarnation }) => incarnation === "i2");
      assert.deepEqual(probe.errors, []);
      const twin = open("twins");
      const twinProbe = new LinkProbe(twin, gateway);
      twin.announce(hostLoad({ incarnation: "twin" }));
      const [error] = await probe.refuses(1);
      assert.match(String(error?.message), /another Node-RED is "host-1" of this pool, too/);
      host.announce(hostLoad({ incarnation: "i2" }));
      await twinProbe.refuses(1);
    });

    it("tells each heartbeat once where gateway and host are one process", async () => {
      const both = open("both");
      const probe = new LinkProbe(both, both);
      probe.listen("host-1", "gw/1");
      both.announce(hostLoad());
      await isUp(both);
      for (let pending = 1; pending <= 5; pending++) both.announce(hostLoad({ pending }));
      both.sendToHost("host-1", data(1));
      await probe.atHost(1);
      await probe.hears(({ pending }) => pending === 5);
      const pendings = probe.loads.map(({ pending }) => pending);
      assert.deepEqual(pendings, [...new Set(pendings)]);
    });

    it("reports malformed envelopes and heartbeats, and loses nothing else", async () => {
      const { gateway, host, probe } = await pair("bad");
      const peer = await client();
      const heartbeat = (level: string, payload: string): Promise<unknown> =>
        peer.publishAsync(`stitch/bad/hosts/${level}`, payload, { qos: 1 });
      await peer.publishAsync("stitch/bad/to/host-1", Buffer.from([0xc1]), { qos: 1 });
      await peer.publishAsync("stitch/bad/to/host-1", Buffer.from([0x93, 1, 2, 3]), { qos: 1 });
      await heartbeat("host-9", "{");
      await heartbeat("host-9", JSON.stringify(hostLoad({ host: "host-8" })));
      await heartbeat("host-9", JSON.stringify({ ...hostLoad({ host: "host-9" }), cpu: "high" }));
      await peer.endAsync();
      gateway.sendToHost("host-1", data(1));
      host.announce(hostLoad({ pending: 3 }));
      await probe.atHost(1);
      await probe.hears(({ pending }) => pending === 3);
      const said = new Set(probe.errors.map(({ message }) => message));
      for (const text of [
        "envelope: no MessagePack from byte 0 of 1: 0xc1 is no MessagePack type",
        "envelope: must be an array of 8, got an array of 3",
        'heartbeat: must be JSON, got "{"',
        'heartbeat: host must be its topic\'s, stitch/bad/hosts/host-9, got "host-8"',
        'heartbeat: cpu must be a number >= 0 cores, got "high"',
      ])
        assert.ok(said.has(text), `${text} is missing in ${[...said].join("; ")}`);
    });

    it("survives any bytes on its topics", async () => {
      const { gateway, probe } = await pair("any");
      const peer = await client();
      let seq = 0;
      const level = fc.constantFrom("to/host-1", "gw/gw%2F1", "hosts/host-1", "hosts/%FF");
      await fc.assert(
        fc.asyncProperty(level, fc.uint8Array({ maxLength: 64 }), async (topic, bytes) => {
          await peer.publishAsync(`stitch/any/${topic}`, Buffer.from(bytes), { qos: 1 });
          gateway.sendToHost("host-1", data(++seq));
          assert.equal((await probe.atHost(seq)).at(-1)?.seq, seq);
        }),
      );
      await peer.endAsync();
      assert.equal(gateway.state, "up");
    });

    it("reports what can't be sent, and a listener that throws; the others go on", async () => {
      const { gateway, host, probe } = await pair("throws");
      host.onHostStream("host-1", () => {
        throw new Error("a flow's mistake");
      });
      gateway.sendToHost("host-1", data(1, 1n));
      gateway.sendToHost("host-1", data(2));
      assert.equal((await probe.atHost(1))[0]?.seq, 2);
      const said = (await probe.refuses(2)).map(({ message }) => message).join("\n");
      assert.match(said, /message 1 of session "cam\/7 #1" can't be sent/);
      assert.match(said, /a flow's mistake/);
    });

    it("hears no more where nobody listens, and again where somebody does", async () => {
      const { gateway, host, probe } = await pair("ends");
      probe.end();
      gateway.sendToHost("host-1", data(1));
      const again = new LinkProbe(host, gateway);
      again.listen("host-1", "gw/1");
      // Until the new subscription stands, a broker drops what comes.
      for (let seq = 2; again.taken.length === 0; seq++) {
        gateway.sendToHost("host-1", data(seq));
        await new Promise(setImmediate);
      }
      assert.deepEqual(probe.taken, []);
    });

    it("is closed once and for all: nothing is sent, nothing throws", async () => {
      const { gateway, host } = await pair("closed");
      await Promise.all([gateway.close(), gateway.close(), host.close()]);
      assert.deepEqual([gateway.state, host.state], ["closed", "closed"]);
      gateway.sendToHost("host-1", data(1));
      host.sendToGateway("gw/1", data(1));
      host.announce(hostLoad());
      host.onHostStream("host-1", () => undefined)();
      gateway.onHosts(() => undefined)();
      await new Promise(setImmediate);
    });
  });
