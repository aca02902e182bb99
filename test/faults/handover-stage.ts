import { connectAsync, type MqttClient } from "mqtt";
import { systemClock } from "../../src/adapters/clock.ts";
import { type Broker, startBroker } from "../../src/demo/broker.ts";
import { Checker } from "../../src/demo/checker.ts";
import { defaultFleet } from "../../src/demo/devices.ts";
import type { Ending } from "../../src/demo/ending.ts";
import { Fleet } from "../../src/demo/fleet.ts";
import { seededRandom } from "../../src/demo/random.ts";
import { resultOf } from "../../src/demo/result.ts";
import type { Devices } from "./handover-cases.ts";
import { PausableClock } from "./pausable-clock.ts";
import { OTHER, ROLE_TOPIC, SHARED_CLIENT_ID, TAKEN_TOPIC } from "./pool-flows.ts";
import { Untaken } from "./untaken.ts";

/** Nothing new came out for so long: the rest is lost. */
const QUIET_MS = 45_000;
/** What a killed gateway had on disk and could not tell of comes out well within this. */
const REST_MS = 3000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The broker keeps the devices' messages for whoever comes with the gateways' client id. */
async function keepMessages(url: string): Promise<void> {
  const options = { protocolVersion: 4, clientId: SHARED_CLIENT_ID, clean: false } as const;
  const client = await connectAsync(url, options);
  await client.subscribeAsync("devices/#", { qos: 1 });
  await client.endAsync();
}

/** Devices and outputs on a broker of this process, and whoever counts them. */
export class Stage implements Devices {
  readonly checker: Checker;
  readonly port: number;
  readonly #broker: Broker;
  readonly #clock = new PausableClock();
  readonly #untaken = new Untaken();
  readonly #fleet: Fleet;
  #prefix = "";
  readonly #roles = new Set<(gateway: string) => void>();
  #active = "";
  #again = 0;

  readonly #own: MqttClient;
  /** What the devices send through. */
  #client: MqttClient;

  private constructor(broker: Broker, hosts: readonly string[], seed: number, client: MqttClient) {
    this.#broker = broker;
    this.#own = client;
    this.#client = client;
    this.port = broker.port;
    this.checker = new Checker(hosts, 100);
    const { checker } = this;
    this.#fleet = new Fleet({
      sources: defaultFleet(seed),
      clock: this.#clock,
      random: seededRandom(seed),
      publish: (topic, payload, done) =>
        void this.#client.publish(this.#prefix + topic, payload, { qos: 1 }, done),
      observer: {
        sent: (device, key, n, atMs) => {
          this.#untaken.sent(device, key, n);
          checker.sent(device, key, n, atMs);
        },
        unsent: (device, key, n) => checker.unsent(device, key, n),
      },
    });
  }

  static async open(ending: Ending, hosts: readonly string[], seed: number): Promise<Stage> {
    const broker = await startBroker();
    ending.add(() => broker.close());
    const client = await connectAsync(broker.url, { protocolVersion: 4, clientId: "fleet" });
    ending.add(() => client.endAsync(true));
    const stage = new Stage(broker, hosts, seed, client);
    ending.add(() => stage.throughBroker(""));
    await broker.listen("results/#", (_topic, payload) => {
      const result = resultOf(payload.toString());
      if (result) stage.checker.result(result, systemClock.now());
      else stage.checker.notAResult();
    });
    await broker.listen(TAKEN_TOPIC, (_topic, payload) => stage.#taken(payload.toString()));
    await broker.listen(ROLE_TOPIC, (_topic, payload) => stage.#told(payload.toString()));
    ending.add(() => stage.#fleet.stop());
    return stage;
  }

  /** Devices are there from now on, and stand still. */
  async begin(): Promise<void> {
    await this.#broker.subscribed("devices/#");
    void this.#fleet.start();
  }

  pause(): void {
    this.#clock.pause();
    // What was due by now would go out with the fleet's next tick, when nobody listens any more.
    this.#fleet.tick();
  }

  run(): void {
    this.#clock.run();
  }

  through(gateway: "first" | "other"): void {
    this.#prefix = gateway === "other" ? OTHER : "";
  }

  async throughBroker(url: string): Promise<void> {
    if (this.#client !== this.#own) await this.#client.endAsync();
    this.#client = this.#own;
    if (url === "") return;
    await keepMessages(url);
    this.#client = await connectAsync(url, { protocolVersion: 4, clientId: "fleet" });
  }

  async leftBehind(): Promise<number> {
    await this.#quiet(() => this.checker.outstanding === 0, REST_MS);
    return this.checker.outstanding;
  }

  taken(): Promise<void> {
    return this.#reached(
      () => this.#untaken.size === 0,
      () => `${this.#untaken.size} messages were not taken over`,
    );
  }

  resubscribed(): Promise<void> {
    return Promise.race([
      this.#broker.resubscribed("devices/#"),
      this.#broker.resubscribed(`${OTHER}devices/#`),
    ]);
  }

  #told(said: string): void {
    const { gateway, role } = JSON.parse(said) as { readonly gateway: string; readonly role: string };
    if (role !== "active") return;
    this.#active = gateway;
    for (const tell of this.#roles) tell(gateway);
  }

  /** The devices' broker gave it to both, and both have taken it. */
  #taken(said: string): void {
    const twice = this.#untaken.taken(said);
    if (!twice) return;
    this.#again++;
    this.checker.sentAgain(twice.device, twice.key, twice.n);
  }

  get active(): string {
    return this.#active;
  }

  get again(): number {
    return this.#again;
  }

  nextActive(but = ""): Promise<string> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("no gateway has become active")), QUIET_MS);
      const tell = (gateway: string): void => {
        if (gateway === but) return;
        clearTimeout(late);
        this.#roles.delete(tell);
        resolve(gateway);
      };
      this.#roles.add(tell);
    });
  }

  /** Resolves as well when nothing more comes: the checker says then what is missing. */
  async arrived(): Promise<void> {
    await this.#quiet(() => this.checker.outstanding === 0, QUIET_MS);
  }

  async accounted(): Promise<void> {
    const missing = (): number =>
      [...this.#untaken].filter(({ device, key, n }) => this.checker.isOutstanding(device, key, n)).length;
    await this.#quiet(() => this.checker.outstanding <= missing(), QUIET_MS);
    await this.#quiet(() => this.checker.outstanding === 0, REST_MS);
    for (const { device, key, n } of this.#untaken) this.checker.lostUpstream(device, key, n);
    this.#untaken.clear();
  }

  /** Resolves when it is done, or nothing came out for so long. */
  async #quiet(isDone: () => boolean, quietMs: number): Promise<void> {
    let before = this.checker.outstanding;
    for (let sinceMs = systemClock.now(); !isDone(); ) {
      if (systemClock.now() - sinceMs > quietMs) return;
      await pause(50);
      if (this.checker.outstanding === before) continue;
      before = this.checker.outstanding;
      sinceMs = systemClock.now();
    }
  }

  async #reached(isReached: () => boolean, state: () => string): Promise<void> {
    for (const sinceMs = systemClock.now(); !isReached(); await pause(20))
      if (systemClock.now() - sinceMs > QUIET_MS) throw new Error(state());
  }
}
