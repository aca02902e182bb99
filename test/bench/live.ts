/**
 * `npm run bench:live -- [--seconds N] [--seed N] [--seeds N] [--capacity MSGS_PER_SEC] [--hosts N]
 * [--cpu-share SHARE] [--policies static,haproxy,reactive,predictive]
 * [--with REPORT[,REPORT…]] [--svg FILE] [--json]`: `npm start`'s processes under each policy in turn, with the same
 * fleet. Each message costs its host real work of the processor (`--cpu-share` of its cost; the rest is waited for,
 * as for a database, so that three hosts find room on two cores), a host's capacity is below the surge's top; overload
 * and latency are measured at the outputs. `haproxy`: the same fleet and cost at mosquitto hosts behind Debian's HAProxy, where
 * a device's connection stays; `--with`: runs of earlier reports count too (`--seeds 0`: these only); left out, loudly, where haproxy or mosquitto is not installed. Beside it the same fleet in the simulation of `bench:overload`.
 *
 * What to compare with care: the simulated "static" is a plain hash, the gateway's bounds how many slots a host has at
 * first. Of seed 1 the hash parts the two cameras, the gateway may put both on one host (`perHost` tells): that run's
 * overload is then another problem, not another speed. So several seeds, and none that is told to be disturbed.
 */
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { readExample } from "../../src/demo/flows.ts";
import { parseOptions } from "../../src/demo/options.ts";
import { runDemo } from "../../src/demo/run.ts";
import { findMosquitto } from "../support/mosquitto.ts";
import { barPlot } from "./bar-plot.ts";
import { type Figure, median, report } from "./harness.ts";
import { earlierRuns } from "./live/earlier.ts";
import { haproxyBinary, playHaproxy } from "./live/haproxy.ts";
import { calibrate, workingHost } from "./live/host-work.ts";
import type { Outcome, Played } from "./live/outcome.ts";
import { simulate } from "./live/simulated.ts";

interface Run {
  readonly policy: Played;
  readonly seed: number;
  readonly live: Outcome;
  readonly simulated: Outcome;
  readonly kept: boolean;
  readonly sent: number;
  readonly measuredPerSec: Readonly<Record<string, number>>;
  /** Messages that each host processed: who got how much of the surge. */
  readonly perHost: Readonly<Record<string, number>>;
  /** Of the machine, when the run began and ended. */
  readonly loadAverage: readonly [number, number];
}

function option(name: string, fallback: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
}

function whole(name: string, fallback: number, least: number): number {
  const value = Number(option(name, String(fallback)));
  if (Number.isInteger(value) && value >= least) return value;
  throw new RangeError(`--${name} must be a whole number >= ${least}, got ${option(name, "")}`);
}

const ALL: readonly Played[] = ["static", "haproxy", "reactive", "predictive"];
const wanted = option("policies", ALL.join(",")).split(",") as Played[];
const unknown = wanted.find((policy) => !ALL.includes(policy));
if (unknown !== undefined) throw new RangeError(`--policies must be of ${ALL.join(", ")}, got ${unknown}`);
const haproxy = haproxyBinary();
const mosquitto = findMosquitto();
const hasPeer = haproxy !== undefined && mosquitto !== undefined;
if (!hasPeer && wanted.includes("haproxy"))
  console.error("LEFT OUT: policy haproxy (apt-get install haproxy mosquitto)");
const policies = wanted.filter((policy) => policy !== "haproxy" || hasPeer);
const seconds = whole("seconds", 120, 30);
const hosts = whole("hosts", 3, 2);
const perSec = whole("capacity", 100, 1);
const share = Number(option("cpu-share", "0.2"));
if (!(share > 0 && share <= 1))
  throw new RangeError(`--cpu-share must be a number above 0 and up to 1, got ${option("cpu-share", "")}`);
const first = whole("seed", 1, 0);
const seeds = Array.from({ length: whole("seeds", 1, 0) }, (_, i) => first + i);

const before = option("with", "").split(",").filter(Boolean);
const isRun = (run: unknown): run is Run =>
  typeof run === "object" && run !== null && ALL.includes((run as Run).policy) && "live" in run;

const isQuiet = process.argv.includes("--json");
const say = (line: string): void => {
  if (!isQuiet) console.error(line);
};
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());

const roundsPerMs = calibrate();
const costMs = 1000 / perSec;
const cpuMs = share * costMs;
const cost = { costMs, cpuMs, roundsPerMs };
const examples = {
  gateway: readExample("2-mqtt-gateway"),
  host: workingHost(readExample("3-mqtt-host"), cost),
};

async function playPeer(seed: number, simulated: Outcome): Promise<Run> {
  if (!haproxy || !mosquitto) throw new Error("haproxy and mosquitto must be installed");
  const before = loadavg()[0] as number;
  const { signal } = stop;
  const peer = await playHaproxy({ haproxy, mosquitto, seed, seconds, hosts, cost, signal });
  const { outcome, sent, lost, perHost } = peer;
  const loadAverage = [before, loadavg()[0] as number] as const;
  const own = { policy: "haproxy", seed, live: outcome, simulated, kept: lost === 0, sent } as const;
  return { ...own, measuredPerSec: {}, perHost, loadAverage };
}

async function play(policy: Played, seed: number, simulated: Outcome): Promise<Run> {
  const before = loadavg()[0] as number;
  const args = ["--headless", "--for", seconds, "--hosts", hosts, "--capacity", perSec, "--seed", seed];
  const options = parseOptions([...args.map(String), "--policy", policy]);
  const {
    report: it,
    isKept,
    measuredPerSec,
  } = await runDemo({
    options,
    print: say,
    signal: stop.signal,
    examples,
  });
  const overloadSec = Object.values(it.hosts).reduce((sum, host) => sum + host.overloadSeconds, 0);
  const live = { overloadSec, p50Ms: it.latencyMs.p50, p99Ms: it.latencyMs.p99, moves: it.shifts };
  const loadAverage = [before, loadavg()[0] as number] as const;
  const perHost = Object.fromEntries(
    Object.entries(it.hosts).map(([host, { committed }]) => [host, committed]),
  );
  const kept = isKept;
  return { policy, seed, live, simulated, kept, sent: it.sent, measuredPerSec, perHost, loadAverage };
}

const runs: Run[] = earlierRuns(before, isRun).filter(({ policy }) => wanted.includes(policy));
if (seeds.length + runs.length === 0) throw new RangeError("--seeds 0 needs reports: --with FILE");
for (const seed of seeds) {
  const simulated = simulate({ seed, seconds, hosts, perSec }, policies);
  for (const policy of policies) {
    if (stop.signal.aborted) break;
    const beside = simulated.get(policy) as Outcome;
    runs.push(await (policy === "haproxy" ? playPeer(seed, beside) : play(policy, seed, beside)));
  }
}

const played = policies.filter((policy) => runs.some((run) => run.policy === policy));
const of = (policy: Played): Run[] => runs.filter((run) => run.policy === policy);
const overload = (policy: Played, where: "live" | "simulated"): number =>
  of(policy).reduce((sum, run) => sum + run[where].overloadSec, 0);

function figures(where: "live" | "simulated"): Figure[] {
  const each = played.flatMap((policy): Figure[] => [
    { name: `${where}: ${policy}, overload`, value: overload(policy, where), unit: "host-seconds" },
    {
      name: `${where}: ${policy}, p99`,
      value: median(of(policy).map((run) => run[where].p99Ms)),
      unit: "ms",
    },
  ]);
  if (!played.includes("static")) return each;
  const ratios = played
    .filter((policy) => policy !== "static")
    .map(
      (policy): Figure => ({
        name: `${where}: ${policy} / static, overload`,
        value: overload(policy, where) / Math.max(1, overload("static", where)),
        unit: "x",
      }),
    );
  return [...each, ...ratios];
}

const svg = option("svg", "");
if (svg)
  writeFileSync(
    svg,
    barPlot({
      title: "overload, host-seconds with outputs later than 0.5 s",
      series: [
        { name: "processes", colour: "#c2571a" },
        { name: "simulation", colour: "#8aa9c4" },
      ],
      rows: played.map((policy) => ({
        name: policy,
        values: [overload(policy, "live"), overload(policy, "simulated")],
      })),
    }),
  );
report([...figures("live"), ...figures("simulated")], {
  machine: { cores: cpus().length, roundsPerMs: Math.round(roundsPerMs), costMs, cpuMs },
  runs,
});
// A host that waits for the processor looks like one that is full.
for (const { policy, seed, loadAverage } of runs)
  if (Math.max(...loadAverage) > cpus().length)
    console.error(
      `DISTURBED: ${policy}, seed ${seed}: load average ${loadAverage.join(", ")}; not to be quoted`,
    );
if (stop.signal.aborted || runs.some(({ kept }) => !kept)) process.exit(1);
process.exit(0);
