import type { IClientOptions, MqttClient } from "mqtt";
import mqtt from "mqtt";
import type { MirrorLink } from "./mirror-link.ts";
import { unescapeId } from "./record-key.ts";

export interface MqttMirrorSettings {
  /** `mqtt://…`, `mqtts://…`, `ws://…` or `wss://…`. */
  readonly broker: string;
  /** Stores with the same topic mirror each other. */
  readonly topic: string;
  /** Another one for each process. */
  readonly node: string;
  readonly username?: string;
  readonly password?: string;
  /** Certificates, as a tls-config node gives them. */
  readonly tls?: Pick<IClientOptions, "ca" | "cert" | "key" | "rejectUnauthorized">;
}

const RECONNECT_MS = 1000;
const CONNECT_TIMEOUT_MS = 10_000;
/** A half-open connection is noticed within one and a half of these. */
const KEEPALIVE_SEC = 5;
const QUIET_MS = 200;
/** One level of a topic: what means something there, or may not be in it. */
const ESCAPED = /[%/+#$\p{Cc}]/gu;
const hex = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;

/**
 * Keys are topics below `<topic>/v/`. A message to ourselves, and then a while without a retained one, tells that all
 * retained ones have come: brokers needn't send them before what is published later.
 */
export class MqttMirrorLink implements MirrorLink {
  readonly #settings: MqttMirrorSettings;
  readonly #client: MqttClient;
  readonly #onUp: (() => void)[] = [];
  readonly #onDown: ((reason: string) => void)[] = [];
  readonly #onMessage: ((key: string, bytes: Uint8Array) => void)[] = [];
  readonly #values: string;
  readonly #sync: string;
  #isUp = false;
  #quiet: NodeJS.Timeout | undefined;
  #reason = "the broker does not answer";

  constructor(settings: MqttMirrorSettings) {
    const { broker, topic, node, username, password, tls } = settings;
    this.#settings = settings;
    this.#values = `${topic}/v/`;
    this.#sync = `${topic}/sync/${node}`;
    this.#client = mqtt.connect(broker, {
      ...tls,
      ...(username ? { username, password: password ?? "" } : undefined),
      clientId: `stitch-mirror-${node}`,
      protocolVersion: 4,
      reconnectPeriod: RECONNECT_MS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      keepalive: KEEPALIVE_SEC,
      // What is not sent is kept as keys by the outbox, not as messages here.
      queueQoSZero: false,
      resubscribe: false,
    });
    this.#client.on("connect", () => this.#connected());
    this.#client.on("message", (to, bytes, { retain }) => this.#received(to, bytes, retain));
    this.#client.on("error", (error) => {
      this.#reason = error.message || this.#reason;
    });
    this.#client.on("close", () => this.#down());
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  onUp(listener: () => void): void {
    this.#onUp.push(listener);
  }

  onDown(listener: (reason: string) => void): void {
    this.#onDown.push(listener);
  }

  onMessage(listener: (key: string, bytes: Uint8Array) => void): void {
    this.#onMessage.push(listener);
  }

  again(): void {
    // A broker that takes a subscription sends what is retained, also where there is one already (MQTT 3.1.1, 3.8.4).
    if (this.#isUp) this.#client.subscribe(`${this.#values}+`, { qos: 1 });
  }

  async publish(key: string, bytes: Uint8Array): Promise<void> {
    if (!this.#isUp) throw new Error(this.#reason);
    const topic = this.#values + key.replaceAll(ESCAPED, hex);
    await this.#client.publishAsync(topic, Buffer.from(bytes), { qos: 1, retain: true });
  }

  async close(): Promise<void> {
    clearTimeout(this.#quiet);
    this.#isUp = false;
    await this.#client.endAsync(true);
  }

  #connected(): void {
    // A message leaves in several writes: Nagle's algorithm would hold the last one back for 40 ms.
    (this.#client.stream as { setNoDelay?(noDelay: boolean): unknown }).setNoDelay?.(true);
    const { topic } = this.#settings;
    const subscribed = this.#client.subscribeAsync([`${this.#values}+`, this.#sync], { qos: 1 });
    subscribed.then(
      (granted) => {
        const refused = granted.some(({ qos }) => qos > 2);
        if (refused) this.#down(`the broker refuses to subscribe to ${topic}`);
        else this.#client.publish(this.#sync, "", { qos: 1 });
      },
      (error: Error) => this.#down(error.message),
    );
  }

  #received(topic: string, bytes: Buffer, isRetained: boolean): void {
    if (topic === this.#sync) {
      clearTimeout(this.#quiet);
      this.#quiet = setTimeout(() => this.#up(), QUIET_MS);
      return;
    }
    if (isRetained) this.#quiet?.refresh();
    // An empty one clears a topic: not of ours.
    if (!topic.startsWith(this.#values) || bytes.length === 0) return;
    const key = unescapeId(topic.slice(this.#values.length));
    for (const listener of this.#onMessage) listener(key, bytes);
  }

  #up(): void {
    this.#quiet = undefined;
    this.#isUp = true;
    for (const listener of this.#onUp) listener();
  }

  #down(reason: string = this.#reason): void {
    clearTimeout(this.#quiet);
    this.#quiet = undefined;
    this.#isUp = false;
    for (const listener of this.#onDown) listener(reason);
  }
}
