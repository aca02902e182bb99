import { StitchError } from "../../core/errors.ts";
import type { StoreHealth } from "../../core/record/store-driver.ts";
import { loadNats, type NatsApi, type NatsBucket, type NatsConnection } from "./nats-api.ts";
import { isSafeServer, natsFault } from "./nats-fault.ts";

export interface NatsSettings {
  /** `nats://host:4222` or `tls://…`, of one cluster. */
  readonly servers: readonly string[];
  readonly bucket: string;
  /** Servers that hold each value. */
  readonly replicas: 1 | 3 | 5;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** Text of a credentials file. */
  readonly creds?: string;
  readonly tls?: object;
  /** How long a request may take. */
  readonly timeoutMs?: number;
}

export const NATS_TIMEOUT_MS = 5000;
/** Together they notice a half-open connection within 3 s; the client's own defaults take 6 minutes. */
const PING_MS = 1000;
const MAX_PINGS_OUT = 2;
const RECONNECT_MS = 500;

/** The connection to a cluster and the bucket in it, opened once. */
export class NatsLink {
  readonly #settings: NatsSettings;
  readonly #onHealth: (health: StoreHealth) => void;
  readonly #load: () => Promise<NatsApi>;
  #opening: Promise<NatsBucket> | undefined;
  #connection: NatsConnection | undefined;
  #isClosed = false;

  constructor(
    settings: NatsSettings,
    onHealth: (health: StoreHealth) => void,
    load: () => Promise<NatsApi> = loadNats,
  ) {
    this.#settings = settings;
    this.#onHealth = onHealth;
    this.#load = load;
  }

  /** Throws StitchErrors; after a failure the next call tries again. */
  async bucket(): Promise<NatsBucket> {
    if (this.#isClosed) throw new StitchError("STORE_UNAVAILABLE", "NATS store: closed");
    this.#opening ??= this.#open();
    try {
      return await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      const fault = natsFault(error, false);
      this.#onHealth({ state: "degraded", reason: fault.message });
      throw fault;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opening?.catch(() => undefined);
    await this.#connection?.close();
  }

  async #open(): Promise<NatsBucket> {
    const nats = await this.#load();
    const connection = await nats.connect(this.#options(nats));
    try {
      this.#check(connection);
      const { bucket, replicas, timeoutMs = NATS_TIMEOUT_MS } = this.#settings;
      const kvm = new nats.Kvm(nats.jetstream(connection, { timeout: timeoutMs }));
      // Reads go to the leader: any other may be behind.
      const opened = await kvm.create(bucket, { replicas, history: 1, storage: "file", allow_direct: false });
      this.#connection = connection;
      void this.#follow(connection);
      this.#onHealth({ state: "ready" });
      return opened;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  #options(nats: NatsApi): Parameters<NatsApi["connect"]>[0] {
    const {
      servers,
      bucket,
      user,
      password,
      token,
      creds,
      tls,
      timeoutMs = NATS_TIMEOUT_MS,
    } = this.#settings;
    return {
      servers,
      name: `stitch-store-${bucket}`,
      pingInterval: PING_MS,
      maxPingOut: MAX_PINGS_OUT,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_MS,
      timeout: timeoutMs,
      ...(user ? { user, pass: password ?? "" } : undefined),
      ...(token ? { token } : undefined),
      ...(creds ? { authenticator: nats.credsAuthenticator(new TextEncoder().encode(creds)) } : undefined),
      ...(tls ? { tls } : undefined),
    };
  }

  #check({ info }: NatsConnection): void {
    const version = info?.version ?? "0";
    if (this.#settings.replicas === 1 || isSafeServer(version)) return;
    const text = `NATS server ${version} loses acknowledged writes of ${this.#settings.replicas} replicas: use 2.10.27 or later`;
    throw new StitchError("BAD_CONFIG", text);
  }

  /** Tells of the connection's ups and downs until it is closed. */
  async #follow(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (this.#isClosed) return;
      if (type === "disconnect" || type === "staleConnection")
        this.#onHealth({ state: "degraded", reason: "NATS store: disconnected, trying again" });
      if (type === "reconnect") this.#onHealth({ state: "ready" });
    }
  }
}
