import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { connect, type IClientOptions, type ISubscriptionMap, type MqttClient } from "mqtt";
import type { Millis } from "../../core/ports.ts";
import type { LinkState } from "../../core/record/stream-link.ts";
import { faultText } from "./broker-fault.ts";
import { ForgetfulStore } from "./forgetful-store.ts";
import { SendQueue } from "./send-queue.ts";

/** A broker that hears nothing for one and a half of it publishes the last will. */
const KEEPALIVE_SECONDS = 15;
const CONNECT_TIMEOUT_MS = 10_000;
const RECONNECT_MS = 1000;
/** Above a gateway's whole buffer (DESIGN.md section 6): what is dropped here costs a retransmission. */
const MAX_QUEUED_BYTES = 33_554_432;
/** Time that a closing connection has for what it still has to say. */
const LAST_WORDS_MS = 1000;

export interface RetainedMessage {
  readonly topic: string;
  readonly payload: string;
}

export interface BrokerAddress {
  /** `mqtt://host:port` or `mqtts://host:port`. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  /** As a `tls-config` node's addTLSOptions fills them in. */
  readonly tls?: object;
  readonly reconnectMs?: Millis;
}

export interface ConnectionOptions {
  readonly broker: BrokerAddress;
  readonly lastWill?: RetainedMessage;
  /** `isRetained`: it was there before the subscription. */
  readonly onMessage: (topic: string, payload: Buffer, isRetained: boolean) => void;
  readonly onState: () => void;
}

/** SUBACK return code of a refused subscription (MQTT 3.1.1 section 3.9.3). */
const REFUSED = 0x80;

/** Return codes, in the order of the subscriptions; none where no SUBACK came. */
function codesOf(error: unknown): readonly number[] {
  const { packet } = (error ?? {}) as { readonly packet?: { readonly granted?: unknown } };
  return Array.isArray(packet?.granted) ? (packet.granted as number[]) : [];
}

function clientOptions({ broker, lastWill }: ConnectionOptions): IClientOptions {
  const { user, password, tls, reconnectMs = RECONNECT_MS } = broker;
  return {
    ...tls,
    ...(user && { username: user }),
    ...(password && { password }),
    ...(lastWill && {
      will: { topic: lastWill.topic, payload: Buffer.from(lastWill.payload), qos: 1, retain: true },
    }),
    protocolVersion: 4,
    // 23 characters: what every broker takes (MQTT 3.1.1 section 3.1.3.1).
    clientId: `stitch_${randomBytes(8).toString("hex")}`,
    clean: true,
    keepalive: KEEPALIVE_SECONDS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: reconnectMs,
    reconnectOnConnackError: true,
    resubscribe: false,
    queueQoSZero: false,
    outgoingStore: new ForgetfulStore(),
    incomingStore: new ForgetfulStore(),
  };
}

/** One connection to a broker: goes on trying until it is closed; "up" when its subscriptions stand, too. */
export class MqttConnection {
  readonly #options: ConnectionOptions;
  readonly #client: MqttClient;
  readonly #queue: SendQueue;
  readonly #filters = new Set<string>();
  /** Unsubscribed from and not yet acknowledged: a broker may mix that up with a subscription that follows at once. */
  readonly #leaving = new Set<string>();
  /** Subscriptions that the broker refused, and why. */
  readonly #refused = new Map<string, string>();
  /** Latest retained message of each topic that could not go out yet. */
  readonly #unsaid = new Map<string, string>();
  #state: LinkState = "connecting";
  #reason: string | undefined;
  #fault: string | undefined;
  /** Envelopes given up: the link was down, or the queue full. */
  dropped = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#queue = new SendQueue({
      publish: (topic, bytes, done) => this.#client.publish(topic, bytes, { qos: 1 }, done),
      later: setImmediate,
      maxBytes: MAX_QUEUED_BYTES,
    });
    const client = connect(options.broker.url, clientOptions(options));
    this.#client = client;
    client.on("connect", () => this.#connected());
    client.on("message", (topic, payload, { retain }) => options.onMessage(topic, payload, retain));
    client.on("error", (error) => {
      this.#fault = faultText(error);
    });
    client.on("close", () => this.#disconnected());
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Why it is down, for people. */
  get reason(): string | undefined {
    return this.#reason;
  }

  send(topic: string, envelope: Uint8Array): void {
    if (!this.#client.connected || this.#state === "closed" || !this.#queue.push(topic, envelope))
      this.dropped++;
  }

  /** Publishes retained, at QoS 1; while the connection is down only the latest of a topic is kept for later. */
  retain({ topic, payload }: RetainedMessage): void {
    if (this.#state === "closed") return;
    if (this.#client.connected) this.#client.publish(topic, payload, { qos: 1, retain: true });
    else this.#unsaid.set(topic, payload);
  }

  subscribe(filter: string): void {
    if (this.#filters.has(filter)) return;
    this.#filters.add(filter);
    if (this.#client.connected && !this.#leaving.has(filter)) this.#subscribe([filter]);
  }

  unsubscribe(filter: string): void {
    if (!this.#filters.delete(filter) || !this.#client.connected || this.#leaving.has(filter)) return;
    if (this.#refused.delete(filter)) this.#subscribed();
    this.#leaving.add(filter);
    this.#client.unsubscribe(filter, () => {
      this.#leaving.delete(filter);
      if (this.#filters.has(filter)) this.#subscribe([filter]);
    });
  }

  #subscribe(filters: readonly string[]): void {
    const map: ISubscriptionMap = Object.fromEntries(filters.map((filter) => [filter, { qos: 1 }]));
    this.#client.subscribe(map, (error) => {
      const codes = codesOf(error);
      for (const [i, filter] of filters.entries()) {
        if (error && (codes[i] ?? REFUSED) >= REFUSED) this.#refused.set(filter, faultText(error));
        else this.#refused.delete(filter);
      }
      this.#subscribed();
    });
  }

  /** Up with all subscriptions or not at all: without one of them messages would be missed in silence. */
  #subscribed(): void {
    const [refused] = this.#refused;
    if (refused) this.#change("down", `the broker refuses the subscription to ${refused[0]}: ${refused[1]}`);
    else if (this.#client.connected) this.#change("up");
  }

  #connected(): void {
    this.#fault = undefined;
    const { stream } = this.#client as unknown as { readonly stream: Partial<Socket> };
    // Small packets both ways: Nagle's delay would be most of the latency.
    stream.setNoDelay?.(true);
    for (const [topic, payload] of this.#unsaid) this.retain({ topic, payload });
    this.#unsaid.clear();
    if (this.#filters.size > 0) this.#subscribe([...this.#filters]);
    else this.#change("up");
  }

  #disconnected(): void {
    this.#queue.reset();
    this.#leaving.clear();
    this.#refused.clear();
    // Callbacks of packets that will never be acknowledged.
    for (const id of Object.keys(this.#client.outgoing)) delete this.#client.outgoing[Number(id)];
    this.#change("down", this.#fault ?? "the connection was closed");
  }

  #change(state: LinkState, reason?: string): void {
    if (this.#state === "closed" || (this.#state === state && this.#reason === reason)) return;
    this.#state = state;
    this.#reason = reason;
    this.#options.onState();
  }

  /** Sends what waits, says goodbye (so that no last will is published) and disconnects; never takes long. */
  async close(): Promise<void> {
    if (this.#state === "closed") return;
    const client = this.#client;
    if (client.connected) await inTime((idle) => this.#queue.whenIdle(idle));
    this.#change("closed");
    const isForced = !client.connected;
    if (await inTime((ended) => client.end(isForced, ended))) return;
    client.stream.destroy();
  }
}

/** Whether what `begin` begins calls back before its time is over. */
function inTime(begin: (done: () => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const tooLate = setTimeout(resolve, LAST_WORDS_MS, false);
    begin(() => {
      clearTimeout(tooLate);
      resolve(true);
    });
  });
}
