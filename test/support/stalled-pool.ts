import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { systemClock } from "../../src/adapters/clock.ts";
import { MqttLink } from "../../src/adapters/mqtt/mqtt-link.ts";
import { LinkedGateway } from "../../src/adapters/pool/linked-gateway.ts";
import { SessionDirectory } from "../../src/adapters/pool/session-directory.ts";
import { sqliteStore } from "../../src/adapters/store/session-store.ts";
import { heldBytes } from "./held-bytes.ts";
import { settings } from "./linked-pool.ts";
import type { Mosquitto } from "./mosquitto.ts";
import type { StalledOrder, StalledReport } from "./stalled-host.ts";

const CHILD = fileURLToPath(new URL("stalled-host.ts", import.meta.url));
const MB = 1_048_576;
const SESSIONS = 40;
const PAYLOAD_BYTES = 10_000;
/** Offered while the host hangs: many times what anything may keep. */
const FLOOD_BYTES = 250 * MB;
export const FLOOD_MESSAGES: number = FLOOD_BYTES / PAYLOAD_BYTES;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

export interface Bounds {
  readonly intakeBytes: number;
  readonly bufferBytes: number;
}

/** What is held where, bytes; memory since before the flood. */
export interface Held {
  readonly retained: number;
  readonly gatewayGrown: number;
  readonly brokerGrown: number;
  readonly intake: number;
  readonly hostGrown: number;
}

/** Resident set of another process, bytes; 0 where the system doesn't tell. */
function residentBytes(pid: number): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return 0;
  return Number(/^VmRSS:\s*(\d+) kB/m.exec(readFileSync(file, "utf8"))?.[1] ?? 0) * 1024;
}

/** A gateway in this process, a broker and a host in processes of their own; the host's flow hangs from the start. */
export class StalledPool {
  readonly gateway: LinkedGateway;
  readonly errors: Error[] = [];
  /** Payloads that were taken over, by session. */
  readonly taken = new Map<string, number[]>();
  refused = 0;
  readonly #broker: Mosquitto;
  readonly #link: MqttLink;
  readonly #store: ReturnType<typeof sqliteStore>;
  readonly #host: ChildProcess;
  readonly #before = { gateway: 0, broker: 0, host: 0 };

  private constructor(broker: Mosquitto, storePath: string) {
    this.#broker = broker;
    this.#host = fork(CHILD, [], { execArgv: ["--expose-gc"] });
    this.#link = new MqttLink({ pool: "pool", broker: { url: broker.url } });
    this.#store = sqliteStore(storePath);
    const { records } = this.#store;
    const options = {
      settings: { ...settings, broker: broker.url },
      sessions: new SessionDirectory(100),
      link: this.#link,
      records,
      clock: systemClock,
      random: { next: Math.random },
      onError: (error: Error) => void this.errors.push(error),
    };
    this.gateway = new LinkedGateway(options, this.#link, records);
  }

  static async start(
    broker: Mosquitto,
    storePath: string,
    { intakeBytes, bufferBytes }: Bounds,
  ): Promise<StalledPool> {
    const pool = new StalledPool(broker, storePath);
    pool.gateway.setBuffer(bufferBytes);
    pool.#tell({ brokerUrl: broker.url, storePath, intakeBytes });
    await pool.reached(() => pool.gateway.hosts().some(({ state }) => state === "up"));
    collectGarbage();
    const { heldBytes: host } = await pool.report();
    Object.assign(pool.#before, { gateway: heldBytes(), broker: residentBytes(broker.pid), host });
    return pool;
  }

  #tell(order: StalledOrder): void {
    this.#host.send(order);
  }

  async report(): Promise<StalledReport> {
    const answer = once(this.#host, "message");
    this.#tell("report");
    return ((await answer) as [StalledReport])[0];
  }

  async reached(isReached: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isReached())) await new Promise((next) => setTimeout(next, 50));
  }

  async flood(): Promise<void> {
    for (let n = 0; n < FLOOD_MESSAGES; n++) {
      const id = { sessionId: `cam-${n % SESSIONS}`, slot: 0 };
      this.gateway.take(id, 1, PAYLOAD_BYTES);
      const payload = { n, pixels: "x".repeat(PAYLOAD_BYTES) };
      const error = await this.gateway.offer(id, {
        payload,
        bytes: PAYLOAD_BYTES,
        atMs: systemClock.now(),
      });
      if (error) this.refused++;
      else this.taken.set(id.sessionId, [...(this.taken.get(id.sessionId) ?? []), n]);
      if (n % 50 === 0) await new Promise((next) => setTimeout(next, 2));
    }
  }

  /** `report`: what the host tells of itself; undefined where it can't. */
  held(report?: StalledReport): Held {
    collectGarbage();
    return {
      retained: this.gateway.status.retainedBytes,
      gatewayGrown: heldBytes() - this.#before.gateway,
      brokerGrown: residentBytes(this.#broker.pid) - this.#before.broker,
      intake: report?.intakeBytes ?? 0,
      hostGrown: report ? report.heldBytes - this.#before.host : 0,
    };
  }

  /** The flow answers from now on. */
  goOn(): void {
    this.#tell("go on");
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#host.kill(signal);
  }

  async close(): Promise<void> {
    await this.gateway.close();
    await this.#link.close();
    await this.#store.close();
    const ended = once(this.#host, "exit");
    this.#host.kill("SIGKILL");
    await ended;
  }
}
