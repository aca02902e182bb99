import { systemClock } from "../../src/adapters/clock.ts";
import { GatewayLease } from "../../src/adapters/pool/gateway-lease.ts";
import type { Gateway } from "../../src/adapters/pool/gateway-pool.ts";
import { createGateway } from "../../src/adapters/pool/gateway-runtime.ts";
import type { HostMessage } from "../../src/adapters/pool/host-messages.ts";
import { HostRuntime } from "../../src/adapters/pool/host-runtime.ts";
import { KeptStreams } from "../../src/adapters/pool/kept-streams.ts";
import { SessionDirectory } from "../../src/adapters/pool/session-directory.ts";
import { StreamLog } from "../../src/adapters/pool/stream-log.ts";
import type { SlotId } from "../../src/core/record/slot-record.ts";
import type { StoreEntry } from "../../src/core/record/store-driver.ts";
import type { GatewayRole } from "../../src/core/stitch/lease.ts";
import type { PoolSettings } from "../../src/core/stitch/pool-settings.ts";
import type { PlanEvent } from "../../src/core/stitch/protocol.ts";
import { MemoryDriver } from "./memory-driver.ts";
import { MemoryLink } from "./memory-link.ts";
import { MemoryRecords } from "./memory-records.ts";
import { seededRandom } from "./seeded-random.ts";

export const settings: PoolSettings = {
  name: "pool",
  hosts: [],
  discover: true,
  broker: "mqtt://127.0.0.1",
  threshold: 0.85,
  leadTimeMs: 15_000,
  stepMs: 50,
  dwellMs: 45_000,
  maxSessions: 100,
  minimalRateBps: 64,
  dryRun: false,
  policy: "predictive",
};

/** Gateways and hosts of one process on one link and one store, both in memory. */
export class LinkedPool {
  readonly link = new MemoryLink();
  readonly records = new MemoryRecords();
  readonly sessions = new SessionDirectory(100);
  readonly kept = new KeptStreams();
  readonly errors: Error[] = [];
  readonly events: PlanEvent[] = [];
  /** What each host's flow was given, in order: "host-1:cam-7/0#3=payload". */
  readonly delivered: string[] = [];
  /** What left the hosts, with repeats dropped by id, in order, by slot. */
  readonly outputs = new Map<string, unknown[]>();
  readonly #seen = new Set<string>();
  readonly #hosts = new Map<string, HostRuntime>();
  readonly #gateways: Gateway[] = [];

  /** What the gateways' log is written to. */
  log = new MemoryDriver();

  /** `leases`: the store of the lease, where it is one of several gateways. */
  gateway(
    overrides: Partial<PoolSettings> = {},
    { hasLog = true, leases }: { hasLog?: boolean; leases?: MemoryDriver } = {},
  ): Gateway {
    const onError = (error: Error): void => void this.errors.push(error);
    const gateway = createGateway({
      settings: { ...settings, ...overrides },
      sessions: this.sessions,
      link: this.link,
      records: this.records,
      clock: systemClock,
      random: seededRandom(this.#gateways.length + 1),
      ...(!leases && { kept: this.kept }),
      ...(leases && {
        openLease: (id: string, onRole: (role: GatewayRole) => void) =>
          new GatewayLease({ driver: leases, pool: "pool", gateway: id, clock: systemClock, onRole }),
      }),
      ...(hasLog && {
        openLog: () => new StreamLog({ driver: this.log.again(), retryMs: 20, onError }),
        hasLog: () => this.log.size > 0,
      }),
      onError,
    });
    gateway.onPlanEvent((event) => this.events.push(event));
    this.#gateways.push(gateway);
    return gateway;
  }

  /** `work` in place of a flow that counts; it must call `processed` of the host. */
  host(name: string, capacity = {}, work?: (host: HostRuntime, message: HostMessage) => void): HostRuntime {
    const { link, records } = this;
    const common = { clock: systemClock, ack: "commit", commitTimeoutMs: 10_000 } as const;
    const host = new HostRuntime({ ...common, host: name, capacity, link, records });
    host.onMessage((message) => {
      const { id, slot, seq } = message.session;
      this.delivered.push(`${name}:${id}/${slot}#${seq}=${String(message.payload)}`);
      if (work) work(host, message);
      else count(host, message);
    });
    host.onOutput(({ message, output }) => {
      if (this.#seen.has(output.id)) return;
      this.#seen.add(output.id);
      const key = `${output.sessionId}/${output.slot}`;
      this.outputs.set(key, [...(this.outputs.get(key) ?? []), message["payload"]]);
    });
    this.#hosts.set(name, host);
    host.start();
    return host;
  }

  /** The gateway is gone without a word; what its log had then. */
  async crash(gateway: Gateway): Promise<readonly StoreEntry[]> {
    const image = await this.log.snapshot("");
    // Nothing of it may reach the log or the hosts from here on.
    this.log.away = new Error("crashed");
    await gateway.close();
    return image;
  }

  async logFrom(image: readonly StoreEntry[]): Promise<void> {
    this.log = new MemoryDriver();
    for (const { key, value } of image) await this.log.put(key, value);
  }

  /** The host's process is gone: nothing of it answers, nobody says goodbye. */
  kill(name: string): void {
    const announce = this.link.announce.bind(this.link);
    this.link.announce = () => undefined;
    this.#hosts.get(name)?.close();
    this.link.announce = announce;
  }

  output(id: SlotId): unknown[] {
    return this.outputs.get(`${id.sessionId}/${id.slot}`) ?? [];
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise((next) => setTimeout(next, 5));
  }

  async close(): Promise<void> {
    await Promise.all(this.#gateways.map((gateway) => gateway.close()));
    for (const host of this.#hosts.values()) host.close();
  }
}

/** A flow that numbers what it sees, by the state that follows its session. */
export function count(host: HostRuntime, { session, state, payload }: HostMessage): void {
  const n = ((state as number | undefined) ?? 0) + 1;
  host.processed(session, n, [{ payload: `${String(payload)}:${n}` }]);
}
