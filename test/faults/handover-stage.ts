import { connectAsync } from "mqtt";
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
import { OTHER, TAKEN_TOPIC } from "./pool-flows.ts";
import { Untaken } from "./untaken.ts";

/** Nothing new came out for so long: the rest is lost. */
const QUIET_MS = 45_000;
/** What a killed gateway had on disk and could not tell of comes out well within this. */
const REST_MS = 3000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Devices and outputs on a broker of this process, and whoever counts them. */
export class Stage implements Devices {
  readonly checker: Checker;
  readonly port: number;
  readonly #broker: Broker;
  readonly #clock = new PausableClock();
  readonly #untaken = new Untaken();
  readonly #fleet: Fleet;
  #prefix = "";

  private constructor(broker: Broker, hosts: readonly string[], seed: number, publish: PublishTo) {
    this.#broker = broker;
    this.port = broker.port;
    this.checker = new Checker(hosts, 100);
    const { checker } = this;
    this.#fleet = new Fleet({
      sources: defaultFleet(seed),
      clock: this.#clock,
      random: seededRandom(seed),
      publish: (topic, payload, done) => publish(this.#prefix + topic, payload, done),
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
    const stage = new Stage(
      broker,
      hosts,
      seed,
      (topic, payload, done) => void client.publish(topic, payload, { qos: 1 }, done),
    );
    await broker.listen("results/#", (_topic, payload) => {
      const result = resultOf(payload.toString());
      if (result) stage.checker.result(result, systemClock.now());
      else stage.checker.notAResult();
    });
    await broker.listen(TAKEN_TOPIC, (_topic, payload) => stage.#untaken.taken(payload.toString()));
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

type PublishTo = (topic: string, payload: string | Buffer, done: (error?: Error | null) => void) => void;
