import { existsSync } from "node:fs";
import { StitchError } from "../../core/errors.ts";
import type { Clock, Random } from "../../core/ports.ts";
import type { RecordStore } from "../../core/record/record-store.ts";
import type { StoreDriver } from "../../core/record/store-driver.ts";
import type { StreamLink } from "../../core/record/stream-link.ts";
import type { HostSettings } from "../../core/stitch/host-settings.ts";
import type { GatewayRole } from "../../core/stitch/lease.ts";
import type { PoolSettings } from "../../core/stitch/pool-settings.ts";
import { SqliteDriver } from "../store/sqlite-driver.ts";
import { GatewayLease } from "./gateway-lease.ts";
import type { Gateway, GatewayPool } from "./gateway-pool.ts";
import { createGateway } from "./gateway-runtime.ts";
import { HostRuntime } from "./host-runtime.ts";
import type { KeptStreams } from "./kept-streams.ts";
import { SessionDirectory } from "./session-directory.ts";
import { SparseErrors } from "./sparse-errors.ts";
import { StreamLog } from "./stream-log.ts";

export interface PoolOptions {
  readonly settings: PoolSettings;
  /** The store's records at the time they are first needed; undefined: no store is chosen. */
  readonly records: () => RecordStore | undefined;
  /** The same store's driver. */
  readonly driver?: () => StoreDriver | undefined;
  /** Called at most once, with the pool's broker. */
  readonly openLink: (broker: string) => StreamLink;
  readonly clock: Clock;
  readonly random: Random;
  /** File of the gateway's log, absolute; undefined: messages can't be kept on disk. */
  readonly logPath?: string;
  /** Where a closed gateway leaves what it had taken over, for the next one. */
  readonly kept?: KeptStreams;
  /** What has no message to be reported with. */
  readonly warn: (text: string) => void;
  readonly info: (text: string) => void;
  /** The gateway was opened: once at most. */
  readonly onGateway?: (gateway: Gateway) => void;
}

function openLogFile(path: string, onError: (error: Error) => void): StreamLog {
  return new StreamLog({ driver: new SqliteDriver({ path, onNotice: onError }), onError });
}

/** What the nodes of one pool in this process share: link, directory, the gateway's end and the host's end. */
export class Pool implements GatewayPool {
  readonly settings: PoolSettings;
  readonly sessions: SessionDirectory;
  readonly #options: PoolOptions;
  readonly #errors: SparseErrors;
  #link: StreamLink | undefined;
  #gateway: Gateway | undefined;
  #host: HostRuntime | undefined;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.settings = options.settings;
    this.sessions = new SessionDirectory(options.settings.maxSessions);
    this.#errors = new SparseErrors(options.clock, options.warn);
  }

  get name(): string {
    return this.settings.name;
  }

  get hostRuntime(): HostRuntime | undefined {
    return this.#host?.isClosed ? undefined : this.#host;
  }

  gateway(): Gateway {
    if (!this.#gateway) {
      this.#gateway = this.#openGateway();
      this.#options.onGateway?.(this.#gateway);
    }
    return this.#gateway;
  }

  driver(): StoreDriver | undefined {
    return this.#options.driver?.();
  }

  host(settings: HostSettings): HostRuntime {
    const { hostRuntime } = this;
    // Also of the same name: each of two would hand every message to its flow.
    if (hostRuntime)
      throw new StitchError(
        "BAD_CONFIG",
        `a pool has one host per Node-RED: it has a receive node for ${hostRuntime.host}, another asks for ${settings.host}`,
      );
    const { broker } = this.settings;
    if (broker === undefined)
      throw new StitchError("BAD_CONFIG", "the pool has no broker: streams come to a host over MQTT");
    const [link, records] = [this.#openLink(broker), this.#records()];
    this.#host = new HostRuntime({ ...settings, link, records, clock: this.#options.clock });
    return this.#host;
  }

  /** Says goodbye to gateways and hosts, then disconnects. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#host?.close();
    try {
      await this.#gateway?.close();
    } finally {
      await this.#link?.close();
    }
  }

  #openGateway(): Gateway {
    const { settings, sessions } = this;
    const { clock, random, kept, logPath } = this.#options;
    const onError = (error: Error): void => this.#errors.add(error);
    const isLinked = settings.broker !== undefined;
    return createGateway({
      settings,
      sessions,
      link: settings.broker === undefined ? undefined : this.#openLink(settings.broker),
      records: isLinked ? this.#records() : this.#options.records(),
      clock,
      random,
      ...(kept && { kept }),
      ...(logPath !== undefined && {
        openLog: () => openLogFile(logPath, onError),
        hasLog: () => existsSync(logPath),
      }),
      ...(isLinked && settings.standby && { openLease: (...of) => this.#openLease(...of) }),
      onError,
    });
  }

  #openLease(gateway: string, onRole: (role: GatewayRole) => void): GatewayLease {
    const { clock } = this.#options;
    const driver = this.driver();
    if (driver) return new GatewayLease({ driver, pool: this.name, gateway, clock, onRole });
    throw new StitchError("BAD_CONFIG", `pool ${this.name}: gateways that stand by need a session-store`);
  }

  #records(): RecordStore {
    const records = this.#options.records();
    if (records) return records;
    throw new StitchError(
      "BAD_CONFIG",
      "the pool has no session-store, or it is not set up: choose the one that its gateway and hosts share",
    );
  }

  #openLink(broker: string): StreamLink {
    if (this.#isClosed) throw new StitchError("LINK_DOWN", "the pool is closed");
    if (this.#link) return this.#link;
    const { openLink, warn, info } = this.#options;
    const link = openLink(broker);
    link.onBadInput((error) => this.#errors.add(error));
    link.onState((state, reason = "no reason is known") => {
      if (state === "up") info(`connected to ${broker}`);
      if (state === "down") warn(`no link to ${broker}: ${reason}. Trying again.`);
    });
    this.#link = link;
    return link;
  }
}
