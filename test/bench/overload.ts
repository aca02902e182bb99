/**
 * `npm run bench:overload -- [--data DIR[,DIR]] [--seed N] [--seeds N] [--only NAME[,NAME]]
 * [--forecaster engine|online] [--svg FILE] [--json]`: how long hosts are
 * overloaded under each policy, simulated on fake time with the product's meters, forecasters, planner, orchestrator,
 * host table and balancer. Hosts, store and link are models: a host serves its queue in order; store 3 ms, link 2 ms.
 */
import { existsSync, writeFileSync } from "node:fs";
import { floorOf } from "../simulation/overload/floor.ts";
import { type Forecasting, foreseen, type Known, observe } from "../simulation/overload/forecasts.ts";
import { Measure } from "../simulation/overload/measure.ts";
import { playPerConnection } from "../simulation/overload/per-connection.ts";
import { type PerMessage, playPerMessage, playStatic } from "../simulation/overload/per-message.ts";
import { type Fleet, HOSTS, type Scenario } from "../simulation/overload/scenario.ts";
import { playStitched } from "../simulation/overload/stitched.ts";
import { synthetic } from "../simulation/overload/synthetic.ts";
import { readSets, replay } from "../simulation/overload/traces.ts";
import { barPlot } from "./bar-plot.ts";
import { type Figure, median, report } from "./harness.ts";

const PAUSE_MS = 5000;
const STATE_COST = 0.25;
/** What keys alone fill, each of which is more than a host can: Floor.keysSec. */
const FULL_KEYS = "keys too large";
const DEFAULT_DATA = "../shared/data";

/** What a policy did in all seeds of a scenario. */
interface Row {
  readonly isRepeating: boolean;
  readonly isRecorded: boolean;
  readonly measures: Measure[];
}

function option(name: string, fallback: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
}

function positive(name: string, fallback: string): number {
  const value = Number(option(name, fallback));
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`--${name} must be a whole number >= 1, got ${option(name, fallback)}`);
  return value;
}

function forecasting(): Forecasting {
  const by = option("forecaster", "engine");
  if (by === "engine" || by === "online") return by;
  throw new RangeError(`--forecaster must be "engine" or "online", got ${by}`);
}

/** What is known of a fleet depends on no host: once for all loads of it. */
const seen = new WeakMap<Fleet, readonly Known[]>();

function knownOf({ fleet, hosts }: Scenario): readonly Known[] {
  const known = seen.get(fleet) ?? observe(fleet, hosts[0]?.perSec ?? 1, forecasting());
  seen.set(fleet, known);
  return known;
}

/** Policies by name, each over the same messages. */
function policies(scenario: Scenario, seed: number): Record<string, () => Measure> {
  const known = knownOf(scenario);
  const per = (balance: PerMessage["balance"], stateCost: number) => () =>
    playPerMessage(scenario, { balance, stateCost, seed });
  return {
    static: () => playStatic(scenario),
    // Peers: HAProxy's leastconn for connections that stay, Envoy's least request for messages that need no state.
    leastconn: () => playPerConnection(scenario),
    "least-request": per("least-request", 0),
    "least-request + state": per("least-request", STATE_COST),
    "least-conn": per("least-connections", 0),
    "least-conn + state": per("least-connections", STATE_COST),
    p2c: per("p2c", 0),
    "p2c + state": per("p2c", STATE_COST),
    "migrate 5 s": () => playStitched(scenario, { policy: "reactive", known, pauseMs: PAUSE_MS }),
    reactive: () => playStitched(scenario, { policy: "reactive", known }),
    predictive: () => playStitched(scenario, { policy: "predictive", known }),
    oracle: () => playStitched(scenario, { policy: "predictive", known: foreseen(scenario.fleet, known) }),
    floor: () => floorOf(scenario).measure,
    [FULL_KEYS]: () => fullKeys(scenario),
  };
}

/** Latencies of nothing: only its overload is told. */
function fullKeys(scenario: Scenario): Measure {
  const measure = new Measure();
  measure.overloadSec = floorOf(scenario).keysSec;
  return measure;
}

type Table = Map<string, Map<string, Row>>;

function play(table: Table, scenario: Scenario, seed: number): void {
  const rows = table.get(scenario.name) ?? new Map<string, Row>();
  table.set(scenario.name, rows);
  for (const [policy, run] of Object.entries(policies(scenario, seed))) {
    const { isRepeating, isRecorded = false } = scenario;
    const row = rows.get(policy) ?? { isRepeating, isRecorded, measures: [] };
    rows.set(policy, row);
    row.measures.push(run());
  }
}

const sum = (measures: readonly Measure[], of: (measure: Measure) => number): number =>
  measures.reduce((total, measure) => total + of(measure), 0);

function line(scenario: string, policy: string, { measures }: Row): string {
  const at = (share: number): string =>
    median(measures.map((it) => it.quantileMs(share)))
      .toFixed(0)
      .padStart(7);
  const share =
    sum(measures, (it) => it.mirroredSlotSec) /
    Math.max(
      1,
      sum(measures, (it) => it.slotSec),
    );
  const count = (of: (measure: Measure) => number): string => String(sum(measures, of)).padStart(6);
  return [
    scenario.padEnd(16),
    policy.padEnd(22),
    count((it) => it.overloadSec),
    at(0.5),
    at(0.99),
    at(0.999),
    count((it) => it.dropped),
    count((it) => it.moves),
    `${(100 * share).toFixed(1)} %`.padStart(7),
    count((it) => it.reordered),
  ].join(" ");
}

/** Of all rows of these scenarios. */
function total(
  table: Table,
  policy: string,
  of: (measure: Measure) => number,
  only: (row: Row) => boolean,
): number {
  let all = 0;
  for (const rows of table.values()) {
    const row = rows.get(policy);
    if (row && only(row)) all += sum(row.measures, of);
  }
  return all;
}

const every = (): boolean => true;
const repeating = ({ isRepeating }: Row): boolean => isRepeating;
const unpredictable = ({ isRepeating }: Row): boolean => !isRepeating;
const seeded = ({ isRecorded }: Row): boolean => !isRecorded;
const recorded = ({ isRecorded }: Row): boolean => isRecorded;

function ratios(table: Table): Figure[] {
  const ratio = (
    name: string,
    of: (measure: Measure) => number,
    to: string,
    goal: number,
    only: (row: Row) => boolean = every,
  ): Figure => ({
    name: `overload: predictive / ${to}${name}`,
    value: total(table, "predictive", of, only) / Math.max(1, total(table, to, of, only)),
    unit: "x",
    goal,
    goalIs: "at-most",
  });
  const seconds = (it: Measure): number => it.overloadSec;
  const oracle =
    total(table, "oracle", seconds, every) / Math.max(1, total(table, "reactive", seconds, every));
  return [
    ratio(", host-seconds", seconds, "static", 0.2),
    ratio(", host-seconds", seconds, "migrate 5 s", 0.5),
    ratio(", host-seconds, repeating", seconds, "reactive", 0.8, repeating),
    ratio(", host-seconds, unpredictable and traces", seconds, "reactive", 1.05, unpredictable),
    ratio(", moves", (it) => it.moves, "reactive", 1.5),
    ratio(", p99", (it) => it.quantileMs(0.99), "migrate 5 s", 0.3),
    { name: "overload: oracle / reactive, host-seconds", value: oracle, unit: "x" },
    ...among(table, "seeded fleets", seeded),
    ...among(table, "recorded traffic", recorded),
    ...beyondFloor(table, "static"),
    ...beyondFloor(table, "migrate 5 s"),
  ];
}

/** The same goals' figures among some of the scenarios: what one kind of load has is not what another has. */
function among(table: Table, name: string, only: (row: Row) => boolean): Figure[] {
  const seconds = (it: Measure): number => it.overloadSec;
  const p99 = (it: Measure): number => it.quantileMs(0.99);
  const ratio = (of: (measure: Measure) => number, policy: string, to: string, what: string): Figure => ({
    name: `overload: ${policy} / ${to}, ${what}, ${name}`,
    value: total(table, policy, of, only) / Math.max(1, total(table, to, of, only)),
    unit: "x",
  });
  return [
    ratio(seconds, "predictive", "static", "host-seconds"),
    ratio(seconds, "predictive", "migrate 5 s", "host-seconds"),
    ratio(seconds, FULL_KEYS, "static", "host-seconds"),
    ratio(seconds, FULL_KEYS, "migrate 5 s", "host-seconds"),
    ratio(p99, "predictive", "migrate 5 s", "p99"),
  ];
}

/** What no policy can avoid, as a part of the whole, and what is left of the rest. */
function beyondFloor(table: Table, to: string): Figure[] {
  const seconds = (policy: string): number => total(table, policy, (it) => it.overloadSec, every);
  const floor = seconds("floor");
  const rest = (policy: string): number => Math.max(1, seconds(policy) - floor);
  return [
    { name: `overload: floor / ${to}, host-seconds`, value: floor / Math.max(1, seconds(to)), unit: "x" },
    {
      name: `overload: predictive / ${to}, host-seconds beyond the floor`,
      value: rest("predictive") / rest(to),
      unit: "x",
    },
  ];
}

/** Each scenario against the mechanism without forecast: where prediction helps and where not. */
function perScenario(table: Table): Figure[] {
  return Array.from(table, ([name, rows]) => {
    const seconds = (policy: string): number => sum(rows.get(policy)?.measures ?? [], (it) => it.overloadSec);
    const goal = rows.get("predictive")?.isRepeating ? 0.8 : 1.05;
    const value = seconds("predictive") / Math.max(1, seconds("reactive"));
    return {
      name: `overload: ${name}, predictive / reactive`,
      value,
      unit: "x",
      goal,
      goalIs: "at-most" as const,
    };
  });
}

/** Each scenario against moves with a pause, and what no policy could better there: a p99 may be that of a full pool. */
function againstPauses(table: Table): Figure[] {
  const seconds = (it: Measure): number => it.overloadSec;
  const p99 = (it: Measure): number => it.quantileMs(0.99);
  return Array.from(table, ([name, rows]) => {
    const to = "migrate 5 s";
    const ratio = (policy: string, of: (measure: Measure) => number, what: string): Figure => ({
      name: `overload: ${name}, ${policy} / ${to}, ${what}`,
      value: sum(rows.get(policy)?.measures ?? [], of) / Math.max(1, sum(rows.get(to)?.measures ?? [], of)),
      unit: "x",
    });
    return [
      ratio("predictive", seconds, "host-seconds"),
      ratio("floor", seconds, "host-seconds"),
      ratio("predictive", p99, "p99"),
      ratio("floor", p99, "p99"),
    ];
  }).flat();
}

/** By scenario, in percent of the static hash's overload. */
function plot(table: Table): string {
  const seconds = (policy: string, rows: ReadonlyMap<string, Row>): number =>
    sum(rows.get(policy)?.measures ?? [], (it) => it.overloadSec);
  const series = [
    { name: "migrate 5 s", colour: "#b8b8b8" },
    { name: "reactive", colour: "#8aa9c4" },
    { name: "predictive", colour: "#c2571a" },
    { name: "floor", colour: "#4a8f5c" },
  ];
  return barPlot({
    title: "overload, host-seconds, in % of those where sessions are hashed to hosts for good",
    series,
    unit: " %",
    rows: Array.from(table, ([name, rows]) => ({
      name,
      values: series.map(
        (policy) => (100 * seconds(policy.name, rows)) / Math.max(1, seconds("static", rows)),
      ),
    })),
  });
}

const first = positive("seed", "1");
const seeds = Array.from({ length: positive("seeds", "5") }, (_, i) => first + i);
const only = option("only", "").split(",").filter(Boolean);
const folders = option("data", DEFAULT_DATA)
  .split(",")
  .filter((folder) => existsSync(folder));
const sets = (await Promise.all(folders.map(readSets))).flat();
const table: Table = new Map();
const isWanted = ({ name }: Pick<Scenario, "name">): boolean =>
  only.length === 0 || only.some((part) => name.startsWith(part));
for (const seed of seeds) {
  for (const make of synthetic) {
    const scenario = make(seed);
    if (isWanted(scenario)) play(table, scenario, seed);
  }
  for (const set of sets) for (const it of replay(set, seed).filter(isWanted)) play(table, it, seed);
}
if (!process.argv.includes("--json")) {
  console.log(`${seeds.length} seeds, ${HOSTS} hosts, 18 min each; latencies in ms: p50, p99, p99.9`);
  console.log(
    `${"scenario".padEnd(16)} ${"policy".padEnd(22)} ovl h·s     p50     p99   p99.9   drop  moves  mirror  reord`,
  );
  for (const [name, rows] of table)
    for (const [policy, row] of rows) if (policy !== FULL_KEYS) console.log(line(name, policy, row));
}
const svg = option("svg", "");
if (svg) writeFileSync(svg, plot(table));
report([...ratios(table), ...perScenario(table), ...againstPauses(table)]);
