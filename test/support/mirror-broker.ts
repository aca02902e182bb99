import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { startBroker } from "../../src/demo/broker.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** A broker that can be taken away and brought back at the same address. */
export interface MirrorBroker {
  readonly url: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Within this process; forgets what is retained when it is stopped. */
export async function aedesBroker(): Promise<MirrorBroker> {
  let broker = await startBroker();
  const { port, url } = broker;
  return {
    url,
    stop: () => broker.close(),
    start: async () => {
      broker = await startBroker(port);
    },
  };
}

export function hasMosquitto(): boolean {
  return spawnSync("mosquitto", ["-h"]).error === undefined;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await once(server.close(), "close");
  return port;
}

async function answers(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const isUp = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Debian's broker on the loopback. */
export async function mosquittoBroker(): Promise<MirrorBroker> {
  const port = await freePort();
  const lines = [
    "allow_anonymous true",
    "set_tcp_nodelay true",
    "max_inflight_messages 0",
    "max_queued_messages 0",
  ];
  let server: ChildProcess;
  const start = async (): Promise<void> => {
    const folder = temporaryFolder();
    const config = folder.file("mosquitto.conf");
    writeFileSync(config, [`listener ${port} 127.0.0.1`, ...lines, ""].join("\n"));
    server = spawn("mosquitto", ["-c", config], { stdio: "ignore" });
    await answers(port);
    // It has read it.
    folder.remove();
  };
  await start();
  return {
    url: `mqtt://127.0.0.1:${port}`,
    start,
    stop: async () => {
      const exited = once(server, "exit");
      server.kill("SIGKILL");
      await exited;
    },
  };
}
