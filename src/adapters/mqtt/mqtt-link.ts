import { quote, StitchError } from "../../core/errors.ts";
import type { Envelope } from "../../core/record/envelope.ts";
import type { HostLoad } from "../../core/record/host-load.ts";
import { hostLoadToJson } from "../../core/record/host-load-json.ts";
import type { LinkState, StreamLink } from "../../core/record/stream-link.ts";
import type { HostId } from "../../core/units.ts";
import { decodeEnvelopes, encodeEnvelope } from "./envelope-codec.ts";
import { HeardHosts } from "./heard-hosts.ts";
import { type BrokerAddress, MqttConnection, type RetainedMessage } from "./mqtt-connection.ts";
import { PoolTopics } from "./topics.ts";

export interface MqttLinkOptions {
  readonly pool: string;
  readonly broker: BrokerAddress;
}

interface HostRole {
  readonly connection: MqttConnection;
  /** Of the heartbeats that its last will ends; undefined: it has no last will yet. */
  readonly incarnation: string | undefined;
}

type OnLoad = (load: HostLoad, isRetained: boolean) => unknown;
type Listeners<T> = Set<(value: T) => void>;

/**
 * A pool's link over an MQTT 3.1.1 broker. A last will belongs to a connection and names the host's incarnation, so
 * each host has its own, opened by its first heartbeat; a gateway has one more, opened when it is first needed.
 */
export class MqttLink implements StreamLink {
  readonly #options: MqttLinkOptions;
  readonly #topics: PoolTopics;
  #gateway: MqttConnection | undefined;
  readonly #hosts = new Map<HostId, HostRole>();
  readonly #ending = new Set<Promise<void>>();
  /** By topic. */
  readonly #streams = new Map<string, Listeners<Envelope>>();
  readonly #loads: Listeners<HostLoad> = new Set();
  readonly #heardHosts: HeardHosts;
  readonly #states = new Set<(state: LinkState, reason?: string) => void>();
  readonly #badInputs: Listeners<Error> = new Set();
  #isClosed = false;
  #told: string | undefined;
  #dropped = 0;

  constructor(options: MqttLinkOptions) {
    this.#options = options;
    this.#topics = new PoolTopics(options.pool);
    this.#heardHosts = new HeardHosts(this.#topics);
  }

  get state(): LinkState {
    if (this.#isClosed) return "closed";
    const states = this.#connections().map(({ state }) => state);
    if (states.includes("down")) return "down";
    return states.length === 0 || states.includes("connecting") ? "connecting" : "up";
  }

  /** Envelopes given up so far, because the link was down or its queue full: the protocol sends them again. */
  get dropped(): number {
    return this.#connections().reduce((sum, { dropped }) => sum + dropped, this.#dropped);
  }

  onState(listener: (state: LinkState, reason?: string) => void): () => void {
    this.#states.add(listener);
    return () => this.#states.delete(listener);
  }

  sendToHost(host: HostId, envelope: Envelope): void {
    this.#send(this.#gatewayConnection(), this.#topics.toHost(host), envelope);
  }

  sendToGateway(gateway: string, envelope: Envelope): void {
    const [first] = this.#hosts.values();
    const role = this.#hosts.get(envelope.meta.host ?? "") ?? first;
    this.#send(role?.connection ?? this.#gatewayConnection(), this.#topics.toGateway(gateway), envelope);
  }

  onHostStream(host: HostId, listener: (envelope: Envelope) => void): () => void {
    const topic = this.#topics.toHost(host);
    const end = this.#listen(topic, listener, () => this.#hosts.get(host)?.connection);
    this.#hosts.get(host)?.connection.subscribe(topic);
    // A host's first heartbeat comes right after this, and opens the connection with its last will.
    queueMicrotask(() => {
      if (this.#streams.has(topic) && !this.#hosts.has(host)) this.#openHost(host);
    });
    return end;
  }

  onGatewayStream(gateway: string, listener: (envelope: Envelope) => void): () => void {
    const topic = this.#topics.toGateway(gateway);
    const end = this.#listen(topic, listener, () => this.#gateway);
    this.#gatewayConnection()?.subscribe(topic);
    return end;
  }

  announce(load: HostLoad): void {
    if (this.#isClosed) return;
    const { host, incarnation, state } = load;
    const topic = this.#topics.heartbeat(host);
    let role = this.#hosts.get(host);
    // An earlier runtime of the host takes its leave: the present one stays.
    if (state === "gone" && role?.incarnation !== incarnation) return;
    if (role?.incarnation !== incarnation) {
      if (role) this.#end(role.connection);
      role = this.#openHost(host, incarnation, {
        topic,
        payload: hostLoadToJson({ ...load, state: "gone", pending: 0, ownedSlots: 0 }),
      });
    }
    role?.connection.retain({ topic, payload: hostLoadToJson(load) });
    if (!role || state !== "gone") return;
    this.#hosts.delete(host);
    this.#end(role.connection);
  }

  onHosts(listener: (load: HostLoad) => void): () => void {
    this.#loads.add(listener);
    for (const load of this.#heardHosts.last) this.#tell(listener, load);
    this.#gatewayConnection()?.subscribe(this.#topics.heartbeats);
    return () => {
      if (!this.#loads.delete(listener) || this.#loads.size > 0) return;
      this.#heardHosts.clear();
      this.#gateway?.unsubscribe(this.#topics.heartbeats);
    };
  }

  /** Also of what could not be encoded to be sent. */
  onBadInput(listener: (error: Error) => void): () => void {
    this.#badInputs.add(listener);
    return () => this.#badInputs.delete(listener);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    for (const connection of this.#connections()) this.#end(connection);
    this.#isClosed = true;
    this.#changed();
    await Promise.all(this.#ending);
    this.#hosts.clear();
    this.#gateway = undefined;
  }

  #connections(): MqttConnection[] {
    const hosts = Array.from(this.#hosts.values(), ({ connection }) => connection);
    return this.#gateway ? [this.#gateway, ...hosts] : hosts;
  }

  #open(onLoad: OnLoad, lastWill?: RetainedMessage): MqttConnection {
    return new MqttConnection({
      broker: this.#options.broker,
      ...(lastWill && { lastWill }),
      onMessage: (topic, payload, isRetained) => this.#received(topic, payload, isRetained, onLoad),
      onState: () => this.#changed(),
    });
  }

  #gatewayConnection(): MqttConnection | undefined {
    if (!this.#isClosed) this.#gateway ??= this.#open((load) => this.#heard(load));
    return this.#gateway;
  }

  #openHost(host: HostId, incarnation?: string, lastWill?: RetainedMessage): HostRole | undefined {
    if (this.#isClosed) return undefined;
    const onLoad: OnLoad = (load, isRetained) => isRetained || this.#checkName(load);
    const role = { connection: this.#open(onLoad, lastWill), incarnation };
    this.#hosts.set(host, role);
    const topic = this.#topics.toHost(host);
    if (this.#streams.has(topic)) role.connection.subscribe(topic);
    role.connection.subscribe(this.#topics.heartbeat(host));
    return role;
  }

  #end(connection: MqttConnection): void {
    const ending = connection.close().finally(() => {
      this.#ending.delete(ending);
      this.#dropped += connection.dropped;
    });
    this.#ending.add(ending);
  }

  #listen(
    topic: string,
    listener: (envelope: Envelope) => void,
    connection: () => MqttConnection | undefined,
  ): () => void {
    const listeners = this.#streams.get(topic) ?? new Set();
    this.#streams.set(topic, listeners.add(listener));
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0) return;
      this.#streams.delete(topic);
      connection()?.unsubscribe(topic);
    };
  }

  #send(connection: MqttConnection | undefined, topic: string, envelope: Envelope): void {
    if (!connection || connection.state === "closed") return;
    try {
      connection.send(topic, encodeEnvelope(envelope));
    } catch (error) {
      this.#refuse(error as Error);
    }
  }

  #received(topic: string, payload: Buffer, isRetained: boolean, onLoad: OnLoad): void {
    const listeners = this.#streams.get(topic);
    if (listeners) {
      const take = (envelope: Envelope): void => {
        for (const listener of listeners) this.#tell(listener, envelope);
      };
      decodeEnvelopes(payload, take, (error) => this.#refuse(error));
      return;
    }
    // An operator deletes a retained heartbeat by an empty one; else it is a stream that nobody takes any more.
    if (payload.length === 0 || !this.#topics.isHeartbeat(topic)) return;
    try {
      onLoad(this.#heardHosts.read(topic, payload), isRetained);
    } catch (error) {
      this.#refuse(error as Error);
    }
  }

  #heard(load: HostLoad): void {
    if (this.#loads.size === 0) return;
    this.#heardHosts.remember(load);
    for (const listener of this.#loads) this.#tell(listener, load);
  }

  /** Two hosts of one name would take each other's streams: what a name left at its default leads to. */
  #checkName({ host, incarnation, state }: HostLoad): void {
    const own = this.#hosts.get(host)?.incarnation;
    if (own === undefined || own === incarnation || state === "gone") return;
    const text = `another Node-RED is ${quote(host)} of this pool, too: each host needs a name of its own`;
    this.#refuse(new StitchError("BAD_CONFIG", text));
  }

  /** One listener's mistake must not keep the others from hearing, nor end the connection. */
  #tell<T>(listener: (value: T) => void, value: T): void {
    try {
      listener(value);
    } catch (error) {
      this.#refuse(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #refuse(error: Error): void {
    for (const listener of this.#badInputs) listener(error);
  }

  #changed(): void {
    const { state } = this;
    const reason = this.#connections().find((connection) => connection.state === "down")?.reason;
    const told = `${state} ${reason}`;
    if (told === this.#told) return;
    this.#told = told;
    for (const listener of this.#states) listener(state, state === "down" ? reason : undefined);
  }
}
