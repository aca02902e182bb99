/**
 * What is used of `@nats-io/transport-node`, `@nats-io/jetstream` and `@nats-io/kv`: optional peers, loaded only where
 * a NATS store is chosen, so that nobody else installs them.
 */
import { StitchError } from "../../core/errors.ts";

export interface NatsConnection {
  readonly info?: { readonly version: string; readonly max_payload: number };
  status(): AsyncIterable<{ readonly type: string }>;
  close(): Promise<void>;
  isClosed(): boolean;
}

export interface NatsConnectOptions {
  readonly servers: readonly string[];
  readonly name: string;
  readonly pingInterval: number;
  readonly maxPingOut: number;
  readonly maxReconnectAttempts: number;
  readonly reconnectTimeWait: number;
  readonly timeout: number;
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
  readonly authenticator?: unknown;
  readonly tls?: object;
}

export interface NatsEntry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly revision: number;
  readonly operation: "PUT" | "DEL" | "PURGE";
}

/** Ends its `for await` when it is stopped. */
export type NatsEntries = AsyncIterable<NatsEntry> & { stop(): void };

export interface NatsBucket {
  get(key: string): Promise<NatsEntry | null>;
  put(key: string, value: Uint8Array, options?: { readonly previousSeq?: number }): Promise<number>;
  delete(key: string, options: { readonly previousSeq: number }): Promise<void>;
  /** The last value of each key, then ends. */
  history(): Promise<NatsEntries>;
  status(): Promise<{ readonly values: number }>;
  watch(options: { readonly include: string; readonly resumeFromRevision?: number }): Promise<NatsEntries>;
}

export interface NatsApi {
  connect(options: NatsConnectOptions): Promise<NatsConnection>;
  credsAuthenticator(creds: Uint8Array): unknown;
  jetstream(connection: NatsConnection, options: { readonly timeout: number }): unknown;
  readonly Kvm: new (jetstream: unknown) => { create(bucket: string, options: object): Promise<NatsBucket> };
}

const PACKAGES = ["@nats-io/transport-node", "@nats-io/jetstream", "@nats-io/kv"] as const;

/** Throws StitchError `BAD_CONFIG` that names the command which installs what is missing. */
export async function loadNats(
  load: (name: string) => Promise<unknown> = (name) => import(name),
): Promise<NatsApi> {
  try {
    const modules = await Promise.all(PACKAGES.map((name) => load(name)));
    return Object.assign({}, ...modules) as NatsApi;
  } catch (cause) {
    const command = `npm install ${PACKAGES.join(" ")}`;
    throw new StitchError("BAD_CONFIG", `a NATS store needs, in Node-RED's user folder: ${command}`, {
      cause,
    });
  }
}
