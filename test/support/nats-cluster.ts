import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { isSafeServer } from "../../src/adapters/store/nats-fault.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const program = process.env["NATS_SERVER"] ?? "nats-server";

/** A server that keeps what it acknowledged, and the client packages. */
export async function hasNats(): Promise<boolean> {
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  const [version = "0"] = /\d+\.\d+\.\d+/.exec(stdout ?? "") ?? [];
  const packages = ["transport-node", "jetstream", "kv"].map((name) => `@nats-io/${name}`);
  const found = await Promise.allSettled(packages.map((name) => import(name) as Promise<unknown>));
  return isSafeServer(version) && found.every(({ status }) => status === "fulfilled");
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

/** nats-servers with JetStream on the loopback, of one cluster if they are several. */
export class NatsCluster {
  readonly #folder = temporaryFolder();
  /** Of this cluster only: a port may be somebody else's by the time that a server wants it. */
  readonly #name = `test-${randomUUID().slice(0, 8)}`;
  readonly #size: number;
  #ports: number[] = [];
  readonly #processes: (ChildProcess | undefined)[] = [];
  readonly #isProxied: boolean;
  readonly #args: readonly string[];
  /** By server: what clients reach it by. */
  readonly clientWays: FaultProxy[] = [];
  /** By server: its ways to the others, by server. */
  readonly #routes: (FaultProxy | undefined)[][] = [];

  /** `args`: more of the servers' arguments; `isProxied`: clients and servers reach a server by a way that can fail. */
  constructor(size: number, isProxied = false, args: readonly string[] = []) {
    this.#args = args;
    this.#size = size;
    this.#isProxied = isProxied;
  }

  get servers(): string[] {
    const ports = this.#isProxied ? this.clientWays.map(({ port }) => port) : this.#ports;
    return ports.slice(0, this.#size).map((port) => `nats://127.0.0.1:${port}`);
  }

  /** Ways between a server and the others, those to it and those from it. */
  waysOf(index: number): { readonly to: FaultProxy[]; readonly from: FaultProxy[] } {
    const to = this.#routes.flatMap((row, from) => (from === index ? [] : (row[index] ?? [])));
    return { to, from: (this.#routes[index] ?? []).flatMap((way) => way ?? []) };
  }

  async start(): Promise<void> {
    this.#ports = await freePorts(2 * this.#size);
    if (this.#isProxied) await this.#startProxies();
    await Promise.all(Array.from({ length: this.#size }, (_, i) => this.startOne(i)));
  }

  async startOne(index: number): Promise<void> {
    const port = this.#ports[index] as number;
    const ports = this.#ports.slice(this.#size);
    // A proxied server tells others no address but those that they were given.
    const shy = this.#isProxied ? ["--cluster_advertise", "127.0.0.1:1", "--no_advertise"] : [];
    const cluster = [
      ...shy,
      "--cluster_name",
      this.#name,
      "--cluster",
      `nats://127.0.0.1:${ports[index]}`,
      "--routes",
      this.#routesOf(index)
        .map((route) => `nats://127.0.0.1:${route}`)
        .join(","),
    ];
    const own = [
      "-a",
      "127.0.0.1",
      "-p",
      String(port),
      "-n",
      this.#nameOf(index),
      "-js",
      ...this.#args,
      "-sd",
      this.#folder.file(`n${index}`),
    ];
    const args = this.#size > 1 ? [...own, ...cluster] : own;
    const server = spawn(program, args, { stdio: "ignore" });
    this.#processes[index] = server;
    await this.#answers(port, index, server);
  }

  /** Number of the server that calls itself so. Throws RangeError for one of another cluster. */
  indexOf(name: string): number {
    const index = this.#processes.findIndex((_server, i) => this.#nameOf(i) === name);
    if (index < 0) throw new RangeError(`a server must be one of ${this.#name}, got ${name}`);
    return index;
  }

  #nameOf(index: number): string {
    return `${this.#name}-n${index}`;
  }

  #routesOf(index: number): number[] {
    const ways = this.#routes[index]?.flatMap((way) => way?.port ?? []);
    return ways ?? this.#ports.slice(this.#size);
  }

  async #startProxies(): Promise<void> {
    const [clients, routes] = [this.#ports.slice(0, this.#size), this.#ports.slice(this.#size)];
    for (const port of clients) this.clientWays.push(await FaultProxy.to(port));
    for (const from of routes)
      this.#routes.push(
        await Promise.all(routes.map(async (to) => (to === from ? undefined : FaultProxy.to(to)))),
      );
  }

  /** Without warning. */
  async kill(index: number): Promise<void> {
    const server = this.#processes[index];
    if (!server) return;
    this.#processes[index] = undefined;
    const exited = once(server, "exit");
    server.kill("SIGKILL");
    await exited;
  }

  /** Stops or continues a server; it notices nothing itself. */
  signal(index: number, signal: "SIGSTOP" | "SIGCONT"): void {
    const server = this.#processes[index];
    if (!server) throw new RangeError(`server ${index} must run to get ${signal}`);
    server.kill(signal);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((_server, index) => this.kill(index)));
    const ways = [...this.clientWays, ...this.#routes.flat()].flatMap((way) => way ?? []);
    await Promise.all(ways.map((way) => way.close()));
    this.#folder.remove();
  }

  async #answers(port: number, index: number, server: ChildProcess): Promise<void> {
    while (server.exitCode === null && server.signalCode === null) {
      const socket = connect(port, "127.0.0.1");
      const isUp = await Promise.race([
        once(socket, "data").then(([info]) => String(info).includes(this.#nameOf(index))),
        once(socket, "error").then(
          () => false,
          () => false,
        ),
      ]).catch(() => false);
      socket.destroy();
      if (isUp) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`nats-server ended with ${server.exitCode}: port ${port} may be taken`);
  }
}
