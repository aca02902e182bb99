import type { HostId } from "../units.ts";
import type { Envelope } from "./envelope.ts";
import type { HostLoad } from "./host-load.ts";

export type LinkState = "connecting" | "up" | "down" | "closed";

/**
 * Port of the streams between routes (gateways) and hosts of one pool, and of the hosts' heartbeats.
 * Sending never throws: what a broken link loses is sent again by the protocol. Every `on…` returns the function that ends it.
 */
export interface StreamLink {
  readonly state: LinkState;
  onState(listener: (state: LinkState, reason?: string) => void): () => void;
  /** A route's DATA, MIRROR and MARK. */
  sendToHost(host: HostId, envelope: Envelope): void;
  /** A host's ACK and NACK. */
  sendToGateway(gateway: string, envelope: Envelope): void;
  onHostStream(host: HostId, listener: (envelope: Envelope) => void): () => void;
  onGatewayStream(gateway: string, listener: (envelope: Envelope) => void): () => void;
  /** Publishes a heartbeat (retained). */
  announce(load: HostLoad): void;
  /** Every heartbeat and last will of the pool, also the retained ones. */
  onHosts(listener: (load: HostLoad) => void): () => void;
  /** What an untrusted peer sent and could not be read; never fatal. */
  onBadInput(listener: (error: Error) => void): () => void;
  close(): Promise<void>;
}
