import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { isSafeServer } from "../../src/adapters/store/nats-fault.ts";
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
  readonly #size: number;
  #ports: number[] = [];
  readonly #processes: (ChildProcess | undefined)[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  get servers(): string[] {
    return this.#ports.slice(0, this.#size).map((port) => `nats://127.0.0.1:${port}`);
  }

  async start(): Promise<void> {
    this.#ports = await freePorts(2 * this.#size);
    await Promise.all(Array.from({ length: this.#size }, (_, i) => this.startOne(i)));
  }

  async startOne(index: number): Promise<void> {
    const port = this.#ports[index] as number;
    const routes = this.#ports.slice(this.#size);
    const cluster = [
      "--cluster_name",
      "test",
      "--cluster",
      `nats://127.0.0.1:${routes[index]}`,
      "--routes",
      routes.map((route) => `nats://127.0.0.1:${route}`).join(","),
    ];
    const own = [
      "-a",
      "127.0.0.1",
      "-p",
      String(port),
      "-n",
      `n${index}`,
      "-js",
      "-sd",
      this.#folder.file(`n${index}`),
    ];
    const args = this.#size > 1 ? [...own, ...cluster] : own;
    this.#processes[index] = spawn(program, args, { stdio: "ignore" });
    await this.#answers(port);
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
    this.#processes[index]?.kill(signal);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((_server, index) => this.kill(index)));
    this.#folder.remove();
  }

  async #answers(port: number): Promise<void> {
    for (;;) {
      const socket = connect(port, "127.0.0.1");
      const isUp = await Promise.race([
        once(socket, "data").then(() => true),
        once(socket, "error").then(
          () => false,
          () => false,
        ),
      ]).catch(() => false);
      socket.destroy();
      if (isUp) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
