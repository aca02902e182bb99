import { writeFileSync } from "node:fs";
import { connectAsync, type MqttClient } from "mqtt";
import { systemClock } from "../adapters/clock.ts";
import { StitchError } from "../core/errors.ts";
import { startBroker } from "./broker.ts";
import { type ConsoleView, LEGEND } from "./console.ts";
import { defaultFleet, type Source } from "./devices.ts";
import { Ending, temporaryFolder } from "./ending.ts";
import { Fleet } from "./fleet.ts";
import { type FlowNode, poolName, readExample } from "./flows.ts";
import type { DemoOptions } from "./options.ts";
import { type PoolProcesses, startPool } from "./pool-processes.ts";
import { type RedProcess, tail } from "./processes.ts";
import { seededRandom } from "./random.ts";
import { isKept, type Report, reportOf } from "./report.ts";
import { readTraces, replay } from "./trace.ts";
import { drain, Watch } from "./watch.ts";

export interface RunInput {
  readonly options: DemoOptions;
  readonly print: (line: string) => void;
  /** Ctrl-C or SIGTERM: end early. */
  readonly signal: AbortSignal;
  /** Time between the console's lines; default 5 s. */
  readonly lineMs?: number;
  /** Added to the gateway's settings.js: logins for its editor, say. */
  readonly gatewaySettings?: Readonly<Record<string, unknown>>;
  /** The flows to run; default: the examples. */
  readonly examples?: { readonly gateway: readonly FlowNode[]; readonly host: readonly FlowNode[] };
}

export interface RunResult {
  readonly report: Report;
  readonly isKept: boolean;
  /** What each host measured of itself at last, messages/s while busy; absent: it never was busy. */
  readonly measuredPerSec: Readonly<Record<string, number>>;
}

/** What a host carries by default, messages/s; a trace's rate isn't known before it runs, so its hosts are larger. */
const FLEET_CAPACITY = 100;
const TRACE_CAPACITY = 400;
const LINE_MS = 5_000;
async function sourcesOf({ traces, speed, seed, forSeconds }: DemoOptions): Promise<Source[]> {
  if (traces.length === 0) return defaultFleet(seed);
  const untilMs = forSeconds === undefined ? Number.POSITIVE_INFINITY : forSeconds * 1000;
  const sources = await replay(readTraces(traces), { speed, untilMs });
  if (sources.length === 0) throw new StitchError("BAD_TRACE", `${traces.join(", ")}: no messages`);
  return sources;
}

/** The whole job: starts everything, runs the fleet, waits for what is under way, ends everything, reports. */
export async function runDemo(input: RunInput): Promise<RunResult> {
  const ending = new Ending();
  try {
    return await perform(input, ending);
  } finally {
    await ending.run();
  }
}

async function perform(
  { options, print, signal, lineMs = LINE_MS, gatewaySettings, examples }: RunInput,
  ending: Ending,
): Promise<RunResult> {
  const sources = await sourcesOf(options);
  const gatewayExample = examples?.gateway ?? readExample("2-mqtt-gateway");
  const hostExample = examples?.host ?? readExample("3-mqtt-host");
  const hosts = Array.from({ length: options.hosts }, (_, i) => `host-${i + 1}`);
  const defaultCapacity = options.traces.length > 0 ? TRACE_CAPACITY : FLEET_CAPACITY;
  const capacityPerSec = options.capacity ?? defaultCapacity;
  const folder = temporaryFolder(ending);
  const broker = await startBroker();
  ending.add(() => broker.close());
  const watch = new Watch(hosts, capacityPerSec);
  await watch.listen(broker);
  await watch.listenToHosts(broker, poolName(gatewayExample));
  print(
    `MQTT broker: ${broker.url}. Starting a gateway and ${hosts.length} hosts of ${capacityPerSec} msg/s each…`,
  );
  const plan = { options, gatewayExample, hostExample, hosts, capacityPerSec, folder, broker, signal };
  const pool = await startPool({ ...plan, ...(gatewaySettings && { gatewaySettings }) });
  ending.add(() => Promise.all([pool.gateway, ...pool.hosts.values()].map((red) => red.stop())));
  for (const red of [pool.gateway, ...pool.hosts.values()])
    print(`${red.name}: pid ${red.pid}, log ${red.logFile}`);
  if (pool.gateway.editorPort !== undefined) print(`Editor: http://127.0.0.1:${pool.gateway.editorPort}/`);
  print(LEGEND);
  const client = await connectAsync(broker.url, { protocolVersion: 4, clientId: "fleet" });
  client.on("error", (error) => print(`       the fleet's connection: ${error.message}`));
  ending.add(() => client.endAsync(true));
  const fleet = fleetOf(sources, options.seed, client, watch);
  const seconds = await send({ options, print, signal, lineMs, fleet, watch, pool, ending });
  const stoppedMs = systemClock.now();
  await drain(watch, systemClock, signal);
  const tally = watch.checker.tally(seconds);
  const forecast = watch.forecasts.tally(stoppedMs);
  const { policy, seed } = options;
  const report = reportOf({ tally, counts: watch.view.counts, forecast, policy, seed, seconds });
  if (options.reportFile) writeFileSync(options.reportFile, `${JSON.stringify(report, undefined, 2)}\n`);
  return { report, isKept: isKept(report), measuredPerSec: Object.fromEntries(watch.measuredPerSec) };
}

function fleetOf(sources: readonly Source[], seed: number, client: MqttClient, watch: Watch): Fleet {
  return new Fleet({
    sources,
    clock: systemClock,
    random: seededRandom(seed ^ 0x5e55),
    publish: (topic, payload, done) => void client.publish(topic, payload, { qos: 1 }, done),
    observer: {
      sent(device, key, n, atMs) {
        watch.checker.sent(device, key, n, atMs);
        watch.forecasts.sent(device, atMs);
        watch.view.sent(device);
      },
      unsent: (device, key, n) => watch.checker.unsent(device, key, n),
    },
  });
}

interface Sending extends Pick<RunInput, "options" | "print" | "signal"> {
  readonly lineMs: number;
  readonly fleet: Fleet;
  readonly watch: Watch;
  readonly pool: PoolProcesses;
  readonly ending: Ending;
}

/** Lets the fleet send until its time is up, its traces end or somebody interrupts; the seconds it sent. */
async function send({
  options,
  print,
  signal,
  lineMs,
  fleet,
  watch,
  pool,
  ending,
}: Sending): Promise<number> {
  const startMs = systemClock.now();
  const line = (): void => {
    const nowMs = systemClock.now();
    for (const text of watch.view.lines(nowMs - startMs, nowMs, lineMs)) print(text);
  };
  const timers: NodeJS.Timeout[] = [setInterval(line, lineMs)];
  ending.add(() => timers.forEach(clearTimeout));
  const after = (seconds: number, act: () => void): number => timers.push(setTimeout(act, seconds * 1000));
  for (const { host, atSeconds } of options.kills) {
    after(atSeconds, () => {
      print(`       killed ${host} (SIGKILL)`);
      watch.view.killed(host, systemClock.now());
      pool.hosts.get(host)?.kill();
    });
  }
  watchHosts(pool, watch.view, print);
  const sent = fleet.start();
  const ended = new Promise<void>((resolve, reject) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (signal.aborted) resolve();
    if (options.forSeconds !== undefined) after(options.forSeconds, resolve);
    // Without an end of its own the run goes on for whoever looks at the editor.
    if (options.forSeconds !== undefined || options.headless) void sent.then(resolve);
    else void sent.then(() => print("       the trace has ended; Ctrl-C ends the run"));
    void pool.gateway.ended.then(() => reject(new Error(`the gateway ended\n${tail(pool.gateway.logFile)}`)));
  });
  await ended;
  const seconds = (systemClock.now() - startMs) / 1000;
  await fleet.stop();
  timers.forEach(clearTimeout);
  return seconds;
}

/** A host that ends without being told to is worth its log's last lines. */
function watchHosts(pool: PoolProcesses, view: ConsoleView, print: (line: string) => void): void {
  const watchOne = async (red: RedProcess): Promise<void> => {
    await red.ended;
    view.gone(red.name);
    if (!red.isStopped) print(`       ${red.name} ended by itself:\n${tail(red.logFile)}`);
  };
  for (const red of pool.hosts.values()) void watchOne(red);
}
