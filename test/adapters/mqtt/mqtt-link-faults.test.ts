import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrokerAddress } from "../../../src/adapters/mqtt/mqtt-connection.ts";
import { MqttLink } from "../../../src/adapters/mqtt/mqtt-link.ts";
import { type Envelope, KIND } from "../../../src/core/record/envelope.ts";
import { hostLoad } from "../../support/host-load.ts";
import { isUp, LinkProbe, reaches } from "../../support/link-probe.ts";
import {
  freePort,
  type Mosquitto,
  type MosquittoOptions,
  makeCertificate,
  mosquittoBinary,
  startMosquitto,
} from "../../support/mosquitto.ts";

const RECONNECT_MS = 20;
const hostScript = fileURLToPath(new URL("../../support/link-host.ts", import.meta.url));

const data = (seq: number): Envelope => ({
  kind: KIND.DATA,
  sessionId: "cam-7",
  slot: 0,
  epoch: 1,
  seq,
  meta: { gateway: "gw" },
  payload: seq,
});

describe("MqttLink at fault", () => {
  let binary = "";
  let links: MqttLink[] = [];
  let started: Mosquitto[] = [];
  const folder = mkdtempSync(join(tmpdir(), "link-"));

  before(function () {
    binary = mosquittoBinary(this);
  });
  afterEach(async () => {
    await Promise.all(links.map((link) => link.close()));
    await Promise.all(started.map((broker) => broker.stop()));
    [links, started] = [[], []];
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const start = async (options?: MosquittoOptions): Promise<Mosquitto> => {
    const broker = await startMosquitto(binary, options);
    started.push(broker);
    return broker;
  };
  const open = (broker: BrokerAddress): MqttLink => {
    const link = new MqttLink({ pool: "p", broker: { reconnectMs: RECONNECT_MS, ...broker } });
    links.push(link);
    return link;
  };
  /** A link that has begun to connect as a gateway. */
  const gatewayTo = (broker: BrokerAddress): MqttLink => {
    const link = open(broker);
    link.onHosts(() => undefined);
    return link;
  };

  it("says that a broker is down at start, goes on trying and comes up with it", async () => {
    const port = await freePort();
    const url = `mqtt://127.0.0.1:${port}`;
    const [gateway, host] = [open({ url }), open({ url })];
    const probe = new LinkProbe(host, gateway);
    probe.listen("host-1", "gw");
    host.announce(hostLoad({ pending: 1 }));
    host.announce(hostLoad({ pending: 2 }));
    assert.match(String(await reaches(gateway, "down")), /no broker listens there.*\(ECONNREFUSED\)/);
    gateway.sendToHost("host-1", data(1));
    assert.equal(gateway.dropped, 1);
    await start({ port });
    await Promise.all([isUp(gateway), isUp(host)]);
    assert.equal((await probe.hears(() => true)).pending, 2, "the latest heartbeat only");
    gateway.sendToHost("host-1", data(2));
    assert.deepEqual(
      (await probe.atHost(1)).map(({ seq }) => seq),
      [2],
    );
  });

  it("comes up again with a broker that was killed, as it was", async () => {
    const broker = await start();
    const [gateway, host] = [open(broker), open(broker)];
    const probe = new LinkProbe(host, gateway);
    probe.listen("host-1", "gw");
    host.announce(hostLoad());
    await Promise.all([isUp(gateway), isUp(host)]);
    const down = [reaches(gateway, "down"), reaches(host, "down")];
    await broker.stop("SIGKILL");
    assert.equal((await Promise.all(down)).every(Boolean), true);
    for (let seq = 1; seq <= 1000; seq++) gateway.sendToHost("host-1", data(seq));
    await start({ port: broker.port });
    await Promise.all([isUp(gateway), isUp(host)]);
    gateway.sendToHost("host-1", data(1001));
    host.sendToGateway("gw", { ...data(1), kind: KIND.ACK });
    assert.deepEqual(
      (await probe.atHost(1)).map(({ seq }) => seq),
      [1001],
      "nothing old is repeated",
    );
    assert.equal((await probe.atGateway(1)).length, 1);
  });

  it("hears the last will of a host whose process is killed, under its incarnation", async () => {
    const broker = await start();
    const gateway = open(broker);
    const probe = new LinkProbe(gateway, gateway);
    const child: ChildProcess = spawn(process.execPath, [hostScript, broker.url, "p", "host-1"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await probe.hears(({ state }) => state === "up");
      child.kill("SIGKILL");
      const { host, incarnation } = await probe.hears(({ state }) => state === "gone");
      assert.deepEqual([host, incarnation], ["host-1", "killed"]);
      const late = new LinkProbe(gateway, open(broker));
      assert.equal((await late.hears(() => true)).state, "gone", "also who comes later");
    } finally {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    }
  });

  it("leaves no last will where it says goodbye", async () => {
    const broker = await start();
    const [gateway, host] = [open(broker), open(broker)];
    const probe = new LinkProbe(host, gateway);
    host.announce(hostLoad({ ownedSlots: 4 }));
    await probe.hears(({ state }) => state === "up");
    host.announce(hostLoad({ state: "gone", ownedSlots: 4 }));
    await host.close();
    assert.equal((await probe.hears(({ state }) => state === "gone")).ownedSlots, 4, "its own words");
  });

  it("needs the right user and password, and tells what the broker refuses, but not the password", async () => {
    const user = { name: "me", password: "secret-1" };
    const { url } = await start({ user });
    await isUp(gatewayTo({ url, user: user.name, password: user.password }));
    for (const wrong of [{}, { user: "me", password: "secret-2" }]) {
      const reason = String(await reaches(gatewayTo({ url, ...wrong }), "down"));
      assert.match(reason, /user or the password|does not let this user in/);
      assert.doesNotMatch(reason, /secret/);
    }
  });

  it("goes over TLS with the CA it is given, and says what is wrong without", async () => {
    const tls = makeCertificate(folder);
    const { url, port } = await start({ tls });
    const ca = readFileSync(tls.ca);
    const [gateway, host] = [open({ url, tls: { ca } }), open({ url, tls: { ca } })];
    const probe = new LinkProbe(host, gateway);
    probe.listen("host-1", "gw");
    host.announce(hostLoad());
    await Promise.all([isUp(gateway), isUp(host)]);
    gateway.sendToHost("host-1", data(1));
    await probe.atHost(1);
    assert.match(String(await reaches(gatewayTo({ url }), "down")), /certificate.*TLS configuration/);
    const plain = gatewayTo({ url: `mqtt://127.0.0.1:${port}` });
    assert.ok(await reaches(plain, "down"), "no TLS where TLS is asked for");
    await isUp(gatewayTo({ url, tls: { rejectUnauthorized: false } }));
  });

  it("says that a broker does not speak TLS", async () => {
    const { port } = await start();
    const reason = await reaches(gatewayTo({ url: `mqtts://127.0.0.1:${port}` }), "down");
    assert.match(String(reason), /TLS/);
  });

  it("closes soon although the broker never answers", async () => {
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => sockets.add(socket));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(address && typeof address === "object");
    const link = gatewayTo({ url: `mqtt://127.0.0.1:${address.port}` });
    await once(server, "connection");
    await link.close();
    assert.equal(link.state, "closed");
    for (const socket of sockets) socket.destroy();
    server.close();
  });
});
