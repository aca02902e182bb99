import type { Envelope } from "../../src/core/record/envelope.ts";
import type { HostLoad } from "../../src/core/record/host-load.ts";
import type { LinkState, StreamLink } from "../../src/core/record/stream-link.ts";

/** A link between gateways and hosts of one process; deliveries come in a later turn of the event loop. */
export class MemoryLink implements StreamLink {
  state: LinkState = "up";
  /** Last heartbeat of each host, as a broker retains it. */
  readonly announced = new Map<string, HostLoad>();
  readonly #hosts = new Map<string, Set<(envelope: Envelope) => void>>();
  readonly #gateways = new Map<string, Set<(envelope: Envelope) => void>>();
  readonly #loads = new Set<(load: HostLoad) => void>();

  /** Open streams and those who hear of hosts. */
  get listeners(): number {
    const streams = [...this.#hosts.values(), ...this.#gateways.values()];
    return streams.reduce((sum, { size }) => sum + size, this.#loads.size);
  }

  onState(): () => void {
    return () => undefined;
  }

  sendToHost(host: string, envelope: Envelope): void {
    this.#send(this.#hosts, host, envelope);
  }

  sendToGateway(gateway: string, envelope: Envelope): void {
    this.#send(this.#gateways, gateway, envelope);
  }

  onHostStream(host: string, listener: (envelope: Envelope) => void): () => void {
    return this.#listen(this.#hosts, host, listener);
  }

  onGatewayStream(gateway: string, listener: (envelope: Envelope) => void): () => void {
    return this.#listen(this.#gateways, gateway, listener);
  }

  announce(load: HostLoad): void {
    this.announced.set(load.host, load);
    for (const listener of this.#loads) listener(load);
  }

  onHosts(listener: (load: HostLoad) => void): () => void {
    this.#loads.add(listener);
    for (const load of this.announced.values()) listener(load);
    return () => this.#loads.delete(listener);
  }

  onBadInput(): () => void {
    return () => undefined;
  }

  async close(): Promise<void> {
    this.state = "closed";
  }

  #send(to: Map<string, Set<(envelope: Envelope) => void>>, name: string, envelope: Envelope): void {
    setImmediate(() => {
      for (const listener of to.get(name) ?? []) listener(structuredClone(envelope));
    });
  }

  #listen(
    to: Map<string, Set<(envelope: Envelope) => void>>,
    name: string,
    listener: (envelope: Envelope) => void,
  ): () => void {
    const listeners = to.get(name) ?? new Set();
    to.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }
}
