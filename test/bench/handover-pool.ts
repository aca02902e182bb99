import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/adapters/clock.ts";
import { MqttLink } from "../../src/adapters/mqtt/mqtt-link.ts";
import { LinkedGateway } from "../../src/adapters/pool/linked-gateway.ts";
import { SessionDirectory } from "../../src/adapters/pool/session-directory.ts";
import { sqliteStore } from "../../src/adapters/store/session-store.ts";
import type { PlanEvent } from "../../src/core/stitch/protocol.ts";
import { settings } from "../support/linked-pool.ts";
import type { HostSetup, OutputNews } from "./handover-host.ts";

const child = fileURLToPath(new URL("handover-host.ts", import.meta.url));
const WAIT_MS = 20_000;

/** A gateway in this process, hosts in their own, on one broker and one store. */
export class BenchPool {
  readonly gateway: LinkedGateway;
  readonly hosts = new Map<string, ChildProcess>();
  readonly #link: MqttLink;
  readonly #store: ReturnType<typeof sqliteStore>;
  readonly #setup: Omit<HostSetup, "host">;
  readonly #outputs = new Set<(news: OutputNews) => void>();
  readonly #errors: Error[] = [];

  constructor(brokerUrl: string, storePath: string) {
    this.#setup = { brokerUrl, storePath };
    this.#link = new MqttLink({ pool: "bench", broker: { url: brokerUrl } });
    this.#store = sqliteStore(storePath);
    const options = {
      settings: { ...settings, name: "bench", broker: brokerUrl },
      sessions: new SessionDirectory(100),
      link: this.#link,
      records: this.#store.records,
      clock: systemClock,
      random: { next: Math.random },
      onError: (error: Error) => void this.#errors.push(error),
    };
    this.gateway = new LinkedGateway(options, this.#link, this.#store.records);
  }

  start(host: string): void {
    const process = fork(child, [], { execArgv: [] });
    process.on("message", (news: OutputNews) => {
      for (const listener of this.#outputs) listener(news);
    });
    process.send({ host, ...this.#setup } satisfies HostSetup);
    this.hosts.set(host, process);
  }

  onOutput(listener: (news: OutputNews) => void): () => void {
    this.#outputs.add(listener);
    return () => this.#outputs.delete(listener);
  }

  /** Resolves when the gateway takes so many hosts for well. */
  async heard(count: number): Promise<void> {
    const isHeard = (): boolean => this.gateway.hosts().filter(({ state }) => state === "up").length >= count;
    await this.until(isHeard, `${count} hosts up`);
  }

  async until(isTrue: () => boolean, what: string): Promise<void> {
    const deadlineMs = systemClock.now() + WAIT_MS;
    while (!isTrue()) {
      if (systemClock.now() > deadlineMs)
        throw new Error(`not within ${WAIT_MS} ms: ${what}; ${this.#errors.map(String).join("; ")}`);
      await new Promise((next) => setTimeout(next, 5));
    }
  }

  /** The next plan event that `wanted` takes. */
  event(wanted: (event: PlanEvent) => boolean): Promise<PlanEvent> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        end();
        reject(new Error(`no such plan event; errors: ${this.#errors.map(String).join("; ")}`));
      }, WAIT_MS);
      const end = this.gateway.onPlanEvent((event) => {
        if (!wanted(event)) return;
        clearTimeout(late);
        end();
        resolve(event);
      });
    });
  }

  /** When the gateway takes the host for lost. */
  async suspected(host: string): Promise<number> {
    const isLost = (): boolean =>
      this.gateway
        .hosts()
        .some((view) => view.host === host && (view.state === "suspect" || view.state === "gone"));
    for (const deadlineMs = systemClock.now() + WAIT_MS; !isLost(); ) {
      if (systemClock.now() > deadlineMs) throw new Error(`${host} was never suspected`);
      await new Promise((next) => setTimeout(next, 1));
    }
    return systemClock.now();
  }

  async kill(host: string): Promise<void> {
    const process = this.hosts.get(host);
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, "exit");
    process.kill("SIGKILL");
    await ended;
  }

  async close(): Promise<void> {
    for (const host of this.hosts.keys()) await this.kill(host);
    await this.gateway.close();
    await this.#link.close();
    await this.#store.close();
  }
}
