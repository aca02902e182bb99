import { PoolMonitor } from "../../src/adapters/monitor/pool-monitor.ts";
import type { Gateway } from "../../src/adapters/pool/gateway-pool.ts";
import { createGateway } from "../../src/adapters/pool/gateway-runtime.ts";
import { SessionDirectory } from "../../src/adapters/pool/session-directory.ts";
import type { PoolSettings } from "../../src/core/stitch/pool-settings.ts";
import { FakeClock } from "./fake-clock.ts";
import { settings } from "./linked-pool.ts";
import { seededRandom } from "./seeded-random.ts";

const capacity = { messagesPerSec: 100 };

/** A wired gateway of three hosts that a monitor watches; time stands until the test moves it. */
export class MonitoredPool {
  readonly clock = new FakeClock(1_800_000_000_000);
  readonly sessions: SessionDirectory;
  readonly gateway: Gateway;
  readonly monitor: PoolMonitor;

  constructor(overrides: Partial<PoolSettings> = {}) {
    const { broker: _, ...wired } = settings;
    const hosts = ["host-1", "host-2", "host-3"].map((host) => ({ host, capacity, weight: 1 }));
    const all = { ...wired, hosts, maxSessions: 20_000, stepMs: 3_600_000, ...overrides };
    this.sessions = new SessionDirectory(all.maxSessions);
    this.gateway = createGateway({
      settings: all,
      sessions: this.sessions,
      link: undefined,
      records: undefined,
      clock: this.clock,
      random: seededRandom(1),
      onError: (error) => {
        throw error;
      },
    });
    const { clock, sessions } = this;
    this.monitor = new PoolMonitor({ id: "pool-1", settings: all, sessions, clock });
    this.monitor.watch(this.gateway);
  }

  take(sessionId: string, messages = 1, bytes = 100): string | undefined {
    let owner: string | undefined;
    for (let i = 0; i < messages; i++) ({ owner } = this.gateway.take({ sessionId, slot: 0 }, 1, bytes));
    return owner;
  }

  /** What an order brings about is done in the next turn. */
  settled(): Promise<void> {
    return new Promise((next) => setImmediate(next));
  }

  async close(): Promise<void> {
    this.monitor.close();
    await this.gateway.close();
  }
}
