/** The peer: Debian's HAProxy balances the devices' MQTT connections to mosquitto hosts; a session stays where it connected. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import { connect, connectAsync, type MqttClient } from "mqtt";
import { systemClock } from "../../../src/adapters/clock.ts";
import { Checker } from "../../../src/demo/checker.ts";
import { defaultFleet } from "../../../src/demo/devices.ts";
import { Ending, temporaryFolder } from "../../../src/demo/ending.ts";
import { Fleet, type Publish } from "../../../src/demo/fleet.ts";
import { resultOf } from "../../../src/demo/result.ts";
import { drain } from "../../../src/demo/watch.ts";
import { freePort, startMosquitto } from "../../support/mosquitto.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import type { MessageCost } from "./host-work.ts";
import type { Outcome } from "./outcome.ts";

const PLACES = ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy", "/usr/bin/haproxy"];

export function haproxyBinary(): string | undefined {
  return PLACES.find((place) => existsSync(place));
}

export interface HaproxyRun {
  readonly haproxy: string;
  readonly mosquitto: string;
  readonly seed: number;
  readonly seconds: number;
  readonly hosts: number;
  readonly cost: MessageCost;
  readonly signal: AbortSignal;
}

export interface HaproxyResult {
  readonly outcome: Outcome;
  readonly sent: number;
  readonly lost: number;
  /** Messages that each host processed. */
  readonly perHost: Readonly<Record<string, number>>;
}

/** `balance leastconn` over TCP, one thread, so that "fewest" is exact. */
function configOf(port: number, servers: ReadonlyMap<string, number>): string {
  return [
    "global",
    "  nbthread 1",
    "defaults",
    "  mode tcp",
    "  timeout connect 5s",
    "  timeout client 10m",
    "  timeout server 10m",
    "listen mqtt",
    `  bind 127.0.0.1:${port}`,
    "  balance leastconn",
    ...Array.from(servers, ([host, at]) => `  server ${host} 127.0.0.1:${at} check`),
    "",
  ].join("\n");
}

async function answers(port: number): Promise<boolean> {
  const socket = connectSocket(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

async function startHaproxy(
  binary: string,
  servers: ReadonlyMap<string, number>,
  ending: Ending,
): Promise<number> {
  const folder = temporaryFolder(ending);
  const port = await freePort();
  const file = join(folder, "haproxy.cfg");
  writeFileSync(file, configOf(port, servers));
  const child = spawn(binary, ["-db", "-f", file], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (data: Buffer) => {
    if (said.length < 4096) said += data.toString();
  });
  ending.add(() => stopped(child));
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`haproxy does not start: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return port;
}

async function startHost(
  name: string,
  url: string,
  { costMs, cpuMs, roundsPerMs }: MessageCost,
  ending: Ending,
): Promise<void> {
  const rounds = Math.round(cpuMs * roundsPerMs);
  const args = [url, name, String(costMs), String(rounds)];
  const child = fork(join(import.meta.dirname, "connected-host.ts"), args, { stdio: "inherit" });
  ending.add(() => stopped(child));
  await once(child, "message");
}

/** A connection for each device, made with its first message as in the simulation. */
function connections(url: string, ending: Ending): Publish {
  const clients = new Map<string, MqttClient>();
  ending.add(() => Promise.all(Array.from(clients.values(), (client) => client.endAsync(true))));
  return (topic, payload, done) => {
    const device = topic.split("/")[1] ?? "";
    let client = clients.get(device);
    if (!client) {
      client = connect(url, { protocolVersion: 4, clientId: device });
      client.on("error", () => undefined);
      clients.set(device, client);
    }
    client.publish(topic, payload, { qos: 1 }, done);
  };
}

/** Runs the fleet of `npm start` against hosts behind HAProxy. */
export async function playHaproxy(run: HaproxyRun): Promise<HaproxyResult> {
  const ending = new Ending();
  try {
    return await perform(run, ending);
  } finally {
    await ending.run();
  }
}

async function perform(run: HaproxyRun, ending: Ending): Promise<HaproxyResult> {
  const { seed, seconds, cost, signal } = run;
  const names = Array.from({ length: run.hosts }, (_, i) => `host-${i + 1}`);
  const watch = { checker: new Checker(names, 1000 / cost.costMs), lastResultMs: 0 };
  const servers = new Map<string, number>();
  for (const name of names) {
    const broker = await startMosquitto(run.mosquitto);
    ending.add(() => broker.stop());
    servers.set(name, broker.port);
    await startHost(name, broker.url, cost, ending);
    const outputs = await connectAsync(broker.url, { protocolVersion: 4, clientId: "outputs" });
    ending.add(() => outputs.endAsync(true));
    outputs.on("message", (_topic, payload) => {
      const result = resultOf(payload.toString());
      watch.lastResultMs = systemClock.now();
      if (result) watch.checker.result(result, watch.lastResultMs);
      else watch.checker.notAResult();
    });
    await outputs.subscribeAsync("results/#", { qos: 1 });
  }
  const port = await startHaproxy(run.haproxy, servers, ending);
  const fleet = new Fleet({
    sources: defaultFleet(seed),
    clock: systemClock,
    random: seededRandom(seed ^ 0x5e55),
    publish: connections(`mqtt://127.0.0.1:${port}`, ending),
    observer: watch.checker,
  });
  void fleet.start();
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
  await fleet.stop();
  await drain(watch, systemClock, signal);
  const { sent, lost, latencyMs, hosts } = watch.checker.tally(seconds);
  const overloadSec = Object.values(hosts).reduce((sum, host) => sum + host.overloadSeconds, 0);
  return {
    outcome: { overloadSec, p50Ms: latencyMs.p50, p99Ms: latencyMs.p99, moves: 0 },
    sent,
    lost,
    perHost: Object.fromEntries(Object.entries(hosts).map(([name, { committed }]) => [name, committed])),
  };
}
