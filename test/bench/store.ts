/**
 * `npm run bench:store -- --driver sqlite|mqtt|nats`: a store with values of 1 kB. Acknowledged compare-and-set writes
 * beside a commit per write on the same disk, in alternating rounds; how soon a write is visible in another process.
 * With sqlite (the default) also the context store beside Node-RED's own and, with `--kills N`, how many acknowledged
 * writes are lost when writers are killed (SIGKILL) N times under load.
 */
import { spawn } from "node:child_process";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/adapters/clock.ts";
import type { StoreDriver } from "../../src/core/record/store-driver.ts";
import { killWriters } from "../adapters/store/kill-writers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { contextFigures } from "./context-figures.ts";
import { type Figure, median, report, roundsWanted } from "./harness.ts";
import { type BenchDriver, GOALS, openAt, type StorePlaces, storePlaces, whenReady } from "./store-places.ts";

const ROUNDS = 7;
const WRITES_PER_ROUND = 4000;
/** Slots that are written at once: one write in flight each. */
const SLOTS = 200;
const PEER_WRITES_PER_ROUND = 300;
/** Writes whose way to another process is timed, one after the other, at uneven distances. */
const TIMED_WRITES = 200;
const VALUE_BYTES = 1024;
const MANY_KEYS = 100_000;
const MANY_AT_ONCE = 1000;
const NS_PER_MS = 1e6;

const folder = temporaryFolder();

function driverWanted(): BenchDriver {
  const at = process.argv.indexOf("--driver");
  const wanted = at < 0 ? "sqlite" : process.argv[at + 1];
  if (wanted !== "sqlite" && wanted !== "mqtt" && wanted !== "nats")
    throw new RangeError(`--driver must be sqlite, mqtt or nats, got ${wanted}`);
  return wanted;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** One slot's writes, each on the revision that the last one got; milliseconds each took. */
async function writeSlot(driver: StoreDriver, key: string, count: number): Promise<number[]> {
  const value = new Uint8Array(VALUE_BYTES).fill(7);
  let revision = (await driver.get(key))?.revision ?? 0;
  const tookMs: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    const result = await driver.cas(key, value, revision);
    if (!result.ok) throw new Error(`${key}: revision ${result.revision} stands, not ${revision}`);
    tookMs.push(performance.now() - start);
    ({ revision } = result);
  }
  return tookMs;
}

let peerWrites = 0;

/** Writes per second with a commit each: what the store would do without its group commit. */
function peerRound(db: DatabaseSync): number {
  const put = db.prepare(
    "INSERT INTO peer (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  const value = new Uint8Array(VALUE_BYTES).fill(7);
  const start = performance.now();
  for (let i = 0; i < PEER_WRITES_PER_ROUND; i++) {
    // SQLite writes nothing where the value is the one that stands.
    value[0] = ++peerWrites;
    put.run(`k${i % SLOTS}`, value);
  }
  return (PEER_WRITES_PER_ROUND * 1000) / (performance.now() - start);
}

async function writes(places: StorePlaces, goal: number): Promise<Figure[]> {
  const store = openAt(places.ours);
  await whenReady(store);
  const { driver } = store;
  const peer = new DatabaseSync(folder.file("peer.sqlite"));
  peer.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE peer (key TEXT UNIQUE, value BLOB)",
  );
  const ours: number[] = [];
  const theirs: number[] = [];
  const tookMs: number[] = [];
  const delaysMs: number[] = [];
  for (let round = -1; round < roundsWanted(ROUNDS); round++) {
    const peerRate = peerRound(peer);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const start = performance.now();
    const perSlot = WRITES_PER_ROUND / SLOTS;
    const took = await Promise.all(
      Array.from({ length: SLOTS }, (_, i) => writeSlot(driver, `slot/${i}/0`, perSlot)),
    );
    const rate = (WRITES_PER_ROUND * 1000) / (performance.now() - start);
    delay.disable();
    if (round < 0) continue;
    theirs.push(peerRate);
    ours.push(rate);
    tookMs.push(...took.flat());
    delaysMs.push(delay.percentile(99) / NS_PER_MS);
  }
  peer.close();
  await store.close();
  return figuresOf({ ours, theirs, tookMs, loopDelayMs: median(delaysMs), goal });
}

interface Writes {
  /** Writes per second of each round, and those of the peer. */
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  readonly tookMs: readonly number[];
  readonly loopDelayMs: number;
  readonly goal: number;
}

function figuresOf({ ours, theirs, tookMs, loopDelayMs, goal }: Writes): Figure[] {
  const ratios = ours.map((rate, i) => rate / (theirs[i] ?? Number.NaN));
  return [
    {
      name: "acknowledged compare-and-set, 1 kB, 200 slots",
      value: median(ours),
      unit: "ops/s",
      goal,
      goalIs: "at-least",
      rounds: ours,
    },
    { name: "one synchronous commit per write", value: median(theirs), unit: "ops/s", rounds: theirs },
    { name: "ratio of these two", value: median(ratios), unit: "x", rounds: ratios },
    { name: "acknowledgement under that load, p50", value: quantile(tookMs, 0.5), unit: "ms" },
    { name: "acknowledgement under that load, p99", value: quantile(tookMs, 0.99), unit: "ms" },
    { name: "main-loop delay under that load, p99", value: loopDelayMs, unit: "ms" },
  ];
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** From before the write is asked for until another process's watcher has it. */
async function visibility(places: StorePlaces, goal: number): Promise<Figure[]> {
  const store = openAt(places.ours);
  await whenReady(store);
  const watcher = fileURLToPath(new URL("store-watcher.ts", import.meta.url));
  const child = spawn(process.execPath, [watcher, JSON.stringify(places.theirs)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const delaysMs: number[] = [];
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line !== "watching") delaysMs.push(Number(line));
      if (delaysMs.length === TIMED_WRITES) break;
      // 0 to 19 ms: not in step with the other's polling.
      await pause((delaysMs.length * 7) % 20);
      const value = Buffer.alloc(VALUE_BYTES);
      value.writeDoubleBE(systemClock.now());
      await store.driver.put(`bench/${delaysMs.length}`, value);
    }
  } finally {
    child.kill("SIGKILL");
    await store.close();
  }
  return [
    {
      name: "visible in another process, p50",
      value: quantile(delaysMs, 0.5),
      unit: "ms",
      goal,
      goalIs: "at-most",
    },
    { name: "visible in another process, p99", value: quantile(delaysMs, 0.99), unit: "ms" },
  ];
}

/** From nothing to everything in memory, as a Node-RED that starts has it. */
async function openMany(places: StorePlaces): Promise<Figure[]> {
  const before = openAt(places.ours);
  await whenReady(before);
  const value = new Uint8Array(100).fill(7);
  for (let i = 0; i < MANY_KEYS; i += MANY_AT_ONCE)
    await Promise.all(
      Array.from({ length: MANY_AT_ONCE }, (_, j) => before.driver.put(`many/${i + j}`, value)),
    );
  await before.close();
  const start = performance.now();
  const store = openAt(places.ours);
  const found = (await store.driver.snapshot("many/")).length;
  const tookMs = performance.now() - start;
  await store.close();
  if (found !== MANY_KEYS) throw new Error(`${found} of ${MANY_KEYS} keys were stored`);
  return [{ name: "open and list 100,000 keys", value: tookMs, unit: "ms" }];
}

async function kills(): Promise<Figure[]> {
  const at = process.argv.indexOf("--kills");
  if (at < 0) return [];
  const wanted = Number(process.argv[at + 1]);
  if (!Number.isInteger(wanted) || wanted < 1) throw new RangeError("--kills must be a number >= 1");
  const { acknowledged, lost, counter, counted } = await killWriters(folder.file("kills.sqlite"), wanted);
  return [
    { name: `acknowledged before ${wanted} kills`, value: acknowledged, unit: "writes" },
    { name: "of these lost", value: lost, unit: "writes", goal: 0, goalIs: "at-most" },
    {
      name: "acknowledged increments lost",
      value: Math.max(0, counted - counter),
      unit: "",
      goal: 0,
      goalIs: "at-most",
    },
  ];
}

const driver = driverWanted();
const goals = GOALS[driver];
const places = await storePlaces(driver);
try {
  const figures = [
    ...(await writes(places, goals.perSec)),
    ...(await visibility(places, goals.visibleMs)),
    ...(await openMany(places)),
  ];
  if (driver === "sqlite") figures.push(...(await contextFigures()), ...(await kills()));
  report(figures);
} finally {
  await places.stop();
  folder.remove();
}
