import { join } from "node:path";
import { connectAsync, type MqttClient } from "mqtt";
import { type FlowNode, gatewayFlow, hostFlow, poolName, readExample } from "../../src/demo/flows.ts";
import { type RedProcess, startRed } from "../../src/demo/processes.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { type Mosquitto, startMosquitto } from "../support/mosquitto.ts";

const CAPACITY_PER_SEC = 80;
const HEARD_MS = 120_000;
const BROKER = "/usr/sbin/mosquitto";

/**
 * Gateway and hosts as separate Node-RED processes. Devices and outputs use a broker of the checker's own, which is
 * never harmed: what a broker loses is not the palette's doing. Streams go over mosquitto, each host's through a proxy.
 */
export class PoolUnderTest {
  readonly hosts = new Map<string, RedProcess>();
  readonly proxies = new Map<string, FaultProxy>();
  readonly #folder: string;
  readonly #checkerPort: number;
  readonly #gateways: RedProcess[] = [];
  #mosquitto: Mosquitto;
  #client: MqttClient | undefined;
  readonly #waiting = new Map<string, () => void>();
  /** Slots each host says it owns. */
  readonly #owned = new Map<string, number>();
  #starts = 0;
  readonly #gatewayFolder: string;

  private constructor(folder: string, checkerPort: number, mosquitto: Mosquitto) {
    this.#folder = folder;
    this.#gatewayFolder = join(folder, "gateway");
    this.#checkerPort = checkerPort;
    this.#mosquitto = mosquitto;
  }

  static async start(folder: string, checkerPort: number, hosts: readonly string[]): Promise<PoolUnderTest> {
    const pool = new PoolUnderTest(folder, checkerPort, await startMosquitto(BROKER));
    try {
      await pool.#listen();
      for (const host of hosts) {
        pool.proxies.set(host, await FaultProxy.to(pool.#mosquitto.port));
        await pool.startHost(host);
      }
      await pool.#startGateway();
      return pool;
    } catch (error) {
      await pool.stop();
      throw error;
    }
  }

  /** The flow's brokers are the checker's, the pool's link goes through `linkPort`. */
  #flow(flow: readonly FlowNode[], linkPort: number): FlowNode[] {
    return flow.map((node) =>
      node.type === "session-pool" ? { ...node, broker: `mqtt://127.0.0.1:${linkPort}` } : node,
    );
  }

  get #place() {
    const broker = { host: "127.0.0.1", port: this.#checkerPort };
    return { broker, storePath: join(this.#folder, "session-store.sqlite") };
  }

  /** A folder per start: each is a fresh user directory. */
  #nextFolder(): string {
    return join(this.#folder, `start-${++this.#starts}`);
  }

  async #startGateway(): Promise<void> {
    const flow = gatewayFlow(readExample("2-mqtt-gateway"), { ...this.#place, policy: "predictive" });
    const name = "gateway";
    const red = await startRed({
      name,
      folder: this.#gatewayFolder,
      flow: withLog(this.#flow(flow, this.#mosquitto.port)),
      editorPort: 0,
    });
    this.#gateways.push(red);
  }

  get gateway(): RedProcess {
    const red = this.#gateways.at(-1);
    if (!red) throw new Error("no gateway was started");
    return red;
  }

  /** SIGKILL; started again in the same user directory, where its log is. */
  async killGateway(): Promise<void> {
    this.gateway.kill();
    await this.gateway.ended;
    this.#gateways.pop();
    await this.#startGateway();
  }

  get processes(): readonly RedProcess[] {
    return [...this.#gateways, ...this.hosts.values()];
  }

  /** Starts it, or again after it has ended; resolves when it has announced itself. */
  async startHost(host: string): Promise<void> {
    const heard = this.#heard(host);
    const flow = hostFlow(readExample("3-mqtt-host"), this.#place, host);
    const port = this.proxies.get(host)?.port ?? this.#mosquitto.port;
    const env = { STITCH_HOST: host, STITCH_CAPACITY: String(CAPACITY_PER_SEC) };
    const red = await startRed({
      name: host,
      folder: this.#nextFolder(),
      flow: this.#flow(flow, port),
      env,
      editorPort: 0,
    });
    this.hosts.set(host, red);
    await heard;
  }

  #heard(host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${host} was not heard`)), HEARD_MS);
      this.#waiting.set(host, () => {
        clearTimeout(late);
        this.#waiting.delete(host);
        resolve();
      });
    });
  }

  async #listen(): Promise<void> {
    const client = await connectAsync(this.#mosquitto.url, { protocolVersion: 4, reconnectPeriod: 200 });
    this.#client = client;
    client.on("error", () => undefined);
    client.on("message", (topic, payload, { retain }) => {
      if (retain || payload.includes('"gone"')) return;
      const host = topic.slice(topic.lastIndexOf("/") + 1);
      const { ownedSlots } = JSON.parse(payload.toString()) as { readonly ownedSlots?: number };
      this.#owned.set(host, ownedSlots ?? 0);
      this.#waiting.get(host)?.();
    });
    await client.subscribeAsync(`stitch/${poolName(readExample("2-mqtt-gateway"))}/hosts/+`, { qos: 1 });
  }

  /** By the gateway's admin route. */
  async drain(host: string, on: boolean): Promise<void> {
    const pool = readExample("2-mqtt-gateway").find(({ type }) => type === "session-pool")?.id;
    const port = this.#gateways.at(-1)?.editorPort;
    const headers = { "content-type": "application/json" };
    const url = `http://127.0.0.1:${port}/session-stitching/${pool}/drain`;
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ host, on }) });
    if (!response.ok) throw new Error(`drain: ${response.status} ${await response.text()}`);
  }

  /** Resolves when the host says that it owns nothing. */
  async empty(host: string): Promise<void> {
    const deadlineMs = performance.now() + HEARD_MS;
    while (this.#owned.get(host) !== 0) {
      if (performance.now() > deadlineMs)
        throw new Error(`${host} still owns ${this.#owned.get(host)} slots`);
      await new Promise((next) => setTimeout(next, 50));
    }
  }

  /** SIGKILL of the broker; the same port again after `awayMs`. */
  async killBroker(awayMs: number): Promise<void> {
    const { port } = this.#mosquitto;
    await this.#mosquitto.stop();
    await new Promise((next) => setTimeout(next, awayMs));
    this.#mosquitto = await startMosquitto(BROKER, { port });
  }

  async stop(): Promise<void> {
    await this.#client?.endAsync(true);
    await Promise.all(this.processes.map((red) => red.stop()));
    for (const proxy of this.proxies.values()) await proxy.close();
    await this.#mosquitto.stop();
  }
}

/** Topic on which a gateway tells that it is done with a message: from there on none may be lost. */
export const TAKEN_TOPIC = "checker/taken";

/** The gateway's flow with messages kept on disk; a Complete node tells of each that its route node is done with. */
function withLog(flow: readonly FlowNode[]): FlowNode[] {
  const route = flow.find(({ type }) => type === "session-route");
  const broker = flow.find(({ type }) => type === "mqtt-broker");
  if (!route || !broker) throw new Error("the gateway's example must have a route node and a broker");
  const { z } = route;
  const taken = {
    id: "taken",
    type: "mqtt out",
    z,
    topic: TAKEN_TOPIC,
    qos: "1",
    retain: "",
    broker: broker.id,
  };
  return [
    ...flow.map((node) => (node === route ? { ...route, buffer: "disk" } : node)),
    { id: "taken-by", type: "complete", z, scope: [route.id], uncaught: false, wires: [["taken-set"]] },
    {
      id: "taken-set",
      type: "change",
      z,
      rules: [
        { t: "set", p: "payload", pt: "msg", to: "1", tot: "str" },
        { t: "delete", p: "topic", pt: "msg" },
      ],
      wires: [["taken"]],
    },
    { ...taken, wires: [] },
  ];
}
