import { join } from "node:path";
import { connectAsync, type MqttClient } from "mqtt";
import { type FlowNode, gatewayFlow, hostFlow, poolName, readExample } from "../../src/demo/flows.ts";
import { type RedProcess, startRed } from "../../src/demo/processes.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import type { KillableBroker, StorePlace } from "./handover-places.ts";
import { onStore, withLog, withPoolBroker, withPrefix, withStandby } from "./pool-flows.ts";

const CAPACITY_PER_SEC = 80;
const HEARD_MS = 120_000;
/** The gateway's admin routes are there a moment after it has started. */
const ADMIN_TRIES = 50;
const GATEWAY = "2-mqtt-gateway";

export interface PoolPlace {
  /** Of this run, gone afterwards. */
  readonly folder: string;
  /** Of devices and outputs: never harmed. */
  readonly checkerPort: number;
  readonly broker: KillableBroker;
  readonly store: StorePlace;
}

const pause = (ms: number): Promise<void> => new Promise((next) => setTimeout(next, ms));

/**
 * Gateways and hosts as separate Node-RED processes. Devices and outputs use a broker of the checker's own, which is
 * never harmed: what a broker loses is not the palette's doing. Streams go over the pool's broker, each host's through a
 * proxy.
 */
export class PoolUnderTest {
  readonly hosts = new Map<string, RedProcess>();
  readonly proxies = new Map<string, FaultProxy>();
  readonly store: StorePlace;
  readonly #place: PoolPlace;
  readonly #gateways = new Map<string, RedProcess>();
  #client: MqttClient | undefined;
  readonly #waiting = new Map<string, () => void>();
  /** Slots each host says it owns. */
  readonly #owned = new Map<string, number>();
  #starts = 0;
  /** SIGKILLs so far. */
  kills = 0;

  private constructor(place: PoolPlace) {
    this.#place = place;
    this.store = place.store;
  }

  static async start(place: PoolPlace, hosts: readonly string[]): Promise<PoolUnderTest> {
    const pool = new PoolUnderTest(place);
    try {
      await pool.#listen();
      for (const host of hosts) {
        pool.proxies.set(host, await FaultProxy.to(place.broker.port));
        await pool.startHost(host);
      }
      await pool.startGateway("gateway");
      return pool;
    } catch (error) {
      await pool.stop();
      throw error;
    }
  }

  /** The flow's brokers are the checker's, the pool's link goes through `linkPort`. */
  #flow(flow: readonly FlowNode[], linkPort: number): FlowNode[] {
    return onStore(withPoolBroker(flow, linkPort), this.#place.store.fields);
  }

  get #demoPlace() {
    const broker = { host: "127.0.0.1", port: this.#place.checkerPort };
    return { broker, storePath: join(this.#place.folder, "unused.sqlite") };
  }

  /** A gateway that takes the devices' messages under `prefix`; its user directory stays the same. */
  startGateway(name: string, prefix = ""): Promise<void> {
    return this.#runGateway(name, withPrefix(this.#gatewayFlow(name), prefix));
  }

  /** One of several of which one works; devices send through the pool's broker. */
  startStandby(name: string): Promise<void> {
    const { port } = this.#place.broker;
    return this.#runGateway(name, withStandby(this.#gatewayFlow(name), name, port));
  }

  get brokerUrl(): string {
    return this.#place.broker.url;
  }

  #gatewayFlow(name: string): FlowNode[] {
    const flow = gatewayFlow(readExample(GATEWAY), { ...this.#demoPlace, policy: "predictive" });
    return withLog(this.#flow(flow, this.#place.broker.port), name);
  }

  async #runGateway(name: string, flow: readonly FlowNode[]): Promise<void> {
    const red = await startRed({ name, folder: join(this.#place.folder, name), flow, editorPort: 0 });
    this.#gateways.set(name, red);
  }

  get gateway(): RedProcess {
    return this.gatewayCalled("gateway");
  }

  gatewayCalled(name: string): RedProcess {
    const red = this.#gateways.get(name);
    if (!red) throw new Error(`no gateway ${name} was started`);
    return red;
  }

  async stopGateway(name: string): Promise<void> {
    await this.#gateways.get(name)?.stop();
    this.#gateways.delete(name);
  }

  /** SIGKILL; started again in the same user directory, where its log is. */
  async killGateway(): Promise<void> {
    this.kills++;
    this.gateway.kill();
    await this.gateway.ended;
    await this.startGateway("gateway");
  }

  get processes(): readonly RedProcess[] {
    return [...this.#gateways.values(), ...this.hosts.values()];
  }

  /** Starts it, or again after it has ended; resolves when it has announced itself. */
  async startHost(host: string): Promise<void> {
    const heard = this.#heard(host);
    const flow = hostFlow(readExample("3-mqtt-host"), this.#demoPlace, host);
    const port = this.proxies.get(host)?.port ?? this.#place.broker.port;
    const env = { STITCH_HOST: host, STITCH_CAPACITY: String(CAPACITY_PER_SEC) };
    // A folder per start: each is a fresh user directory.
    const folder = join(this.#place.folder, `start-${++this.#starts}`);
    const red = await startRed({ name: host, folder, flow: this.#flow(flow, port), env, editorPort: 0 });
    this.hosts.set(host, red);
    await heard;
  }

  /** SIGKILL; it is started again after `awayMs`. */
  async killHost(host: string, awayMs: number): Promise<void> {
    const red = this.hosts.get(host);
    this.kills++;
    red?.kill();
    await red?.ended;
    await pause(awayMs);
    await this.startHost(host);
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
    const { url } = this.#place.broker;
    const client = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 200 });
    this.#client = client;
    client.on("error", () => undefined);
    client.on("message", (topic, payload, { retain }) => {
      if (retain || payload.includes('"gone"')) return;
      const host = topic.slice(topic.lastIndexOf("/") + 1);
      const { ownedSlots } = JSON.parse(payload.toString()) as { readonly ownedSlots?: number };
      this.#owned.set(host, ownedSlots ?? 0);
      this.#waiting.get(host)?.();
    });
    await client.subscribeAsync(`stitch/${poolName(readExample(GATEWAY))}/hosts/+`, { qos: 1 });
  }

  /** The host that owns most slots, or least, by its own word. */
  hostWith(slots: "most" | "fewest"): string {
    const owned = [...this.hosts.keys()].sort(
      (a, b) => (this.#owned.get(b) ?? 0) - (this.#owned.get(a) ?? 0),
    );
    return (slots === "most" ? owned[0] : owned.at(-1)) ?? "host-1";
  }

  /** By the gateway's admin route. */
  async drain(host: string, on: boolean): Promise<void> {
    const pool = readExample(GATEWAY).find(({ type }) => type === "session-pool")?.id;
    const headers = { "content-type": "application/json" };
    const url = `http://127.0.0.1:${this.gateway.editorPort}/session-stitching/${pool}/drain`;
    for (let tries = 0; ; tries++) {
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ host, on }) });
      if (response.ok) return;
      if (tries >= ADMIN_TRIES) throw new Error(`drain: ${response.status} ${await response.text()}`);
      await pause(100);
    }
  }

  /** Resolves when the host says that it owns nothing. */
  async empty(host: string): Promise<void> {
    const deadlineMs = performance.now() + HEARD_MS;
    while (this.#owned.get(host) !== 0) {
      if (performance.now() > deadlineMs)
        throw new Error(`${host} still owns ${this.#owned.get(host)} slots`);
      await pause(50);
    }
  }

  /** The editor's "Restart flows". */
  async redeploy(red: RedProcess | undefined): Promise<void> {
    const headers = { "content-type": "application/json", "Node-RED-Deployment-Type": "reload" };
    const url = `http://127.0.0.1:${red?.editorPort}/flows`;
    const response = await fetch(url, { method: "POST", headers, body: "{}" });
    if (!response.ok) throw new Error(`redeploy: ${response.status} ${await response.text()}`);
  }

  /** SIGKILL of the broker; the same port again after `awayMs`. */
  async killBroker(awayMs: number): Promise<void> {
    const { broker } = this.#place;
    this.kills++;
    await broker.kill();
    await pause(awayMs);
    await broker.start();
  }

  async stop(): Promise<void> {
    await this.#client?.endAsync(true);
    await Promise.all(this.processes.map((red) => red.stop()));
    for (const proxy of this.proxies.values()) await proxy.close();
  }
}
