/**
 * What a fleet costs a gateway: 10,000 sessions at 10 s bins that send as recorded devices do, measured, forecast and
 * fitted in real time after a simulated past of an hour; then 100,000 known sessions on a store.
 * `npm run bench:fleet [-- --data ../shared/data] [--sessions N] [--seconds N] [--known N] [--json]`; without data the
 * rhythms are synthetic. Run it on an idle machine.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay, PerformanceObserver, performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../src/adapters/clock.ts";
import { openEngineFits } from "../../src/adapters/forecast/engine-fits.ts";
import { HistoryKeeper } from "../../src/adapters/forecast/history-keeper.ts";
import { SessionForecasts } from "../../src/adapters/forecast/session-forecasts.ts";
import { StepTimer } from "../../src/adapters/forecast/step-timer.ts";
import { SessionDirectory } from "../../src/adapters/pool/session-directory.ts";
import { SessionObserver } from "../../src/adapters/pool/session-observer.ts";
import { SqliteDriver } from "../../src/adapters/store/sqlite-driver.ts";
import { readForecastSettings } from "../../src/core/forecast/session/forecast-settings.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { knownSessions } from "./fleet-known.ts";
import { type Fleet, fleetOf } from "./fleet-rhythms.ts";
import { type Figure, median, report } from "./harness.ts";

const STEP_MS = 10_000;
const PAST_STEPS = 360;
/** Steps of the past that are closed together. */
const AT_ONCE = 3;
/** Without rounding: 1 ms is perf_hooks' finest. */
const RESOLUTION_MS = 1;
const FEED_MS = 5;

function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
}

function usedBytes(): number {
  if (!globalThis.gc) throw new Error("run with node --expose-gc");
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const count = option("sessions", 10_000);
const seconds = option("seconds", 60);
const knownCount = option("known", 100_000);
const fleet = fleetOf(count);
const folder = mkdtempSync(join(tmpdir(), "bench-"));
const driver = new SqliteDriver({ path: join(folder, "store.sqlite") });
await driver.open();
const before = usedBytes();

/** The sessions' own clock: the past's, then the machine's. */
const past = new FakeClock(Math.floor(systemClock.now() / STEP_MS - PAST_STEPS) * STEP_MS);
let isPast = true;
const clock = { now: (): number => (isPast ? past.now() : systemClock.now()) };
const directory = new SessionDirectory(count);
const observer = new SessionObserver({
  sessions: directory,
  clock,
  windowMs: 60_000,
  slots: 1,
  deviceProfile: undefined,
  onChange: () => undefined,
});
const fits = openEngineFits();
const lagsMs: number[] = [];
let messages = 0;
const forecasts = new SessionForecasts({
  settings: readForecastSettings({ stepMs: String(STEP_MS) }),
  sources: { fits },
  keeper: new HistoryKeeper({ driver: () => driver, owner: "bench", width: 4 }),
  pool: () => undefined,
  onProfile: ({ atMs }) => {
    if (!isPast) lagsMs.push(systemClock.now() - atMs);
  },
});

function take(id: string, bytes: number): void {
  messages++;
  const facts = observer.observe(id, 0, { topic: id, payload: Buffer.alloc(bytes, 7) });
  forecasts.add(facts.id, bytes, clock.now());
}

function livePast(fleet: Fleet): void {
  for (let step = 1; step <= PAST_STEPS; step++) {
    const endMs = past.now() + STEP_MS;
    fleet.until(endMs, (id, atMs, bytes) => {
      past.advance(Math.max(0, atMs - past.now()));
      take(id, bytes);
    });
    past.advance(endMs - past.now());
    if (step % AT_ONCE === 0) for (const session of forecasts.begin()) forecasts.step(session, past.now());
  }
}

fleet.begin(past.now());
const pastFrom = performance.now();
livePast(fleet);
const pastMs = performance.now() - pastFrom;
isPast = false;
fleet.begin(systemClock.now());
const timer = new StepTimer({
  clock: systemClock,
  stepMs: STEP_MS,
  items: () => forecasts.begin(),
  visit: (item, nowMs) => forecasts.step(item, nowMs),
  onEnd: () => undefined,
});
const feeding = setInterval(() => fleet.until(systemClock.now(), (id, _, bytes) => take(id, bytes)), FEED_MS);
// The first steps after the past catch up, and the fits begin.
await sleep(2 * STEP_MS);
lagsMs.length = 0;
messages = 0;
let longestGcMs = 0;
const gc = new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longestGcMs = Math.max(longestGcMs, duration);
});
gc.observe({ entryTypes: ["gc"] });
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
const from = { cpu: process.cpuUsage(), loop: performance.eventLoopUtilization(), fits: fits.delivered };
delay.enable();
await sleep(seconds * 1_000);
delay.disable();
gc.disconnect();
const cpu = process.cpuUsage(from.cpu);
const { utilization } = performance.eventLoopUtilization(from.loop);
const fitted = fits.delivered - from.fits;
timer.close();
clearInterval(feeding);
const perSession = (usedBytes() - before) / count;
await fits.close();
await forecasts.close();
const kept = (await driver.count?.()) ?? Number.NaN;
await driver.close();
rmSync(folder, { recursive: true, force: true });
const known = knownCount > 0 ? await knownSessions(knownCount) : [];
const late = lagsMs.filter((lag) => lag > STEP_MS).length;
const figures: Figure[] = [
  { name: "messages", value: messages / seconds, unit: "per second" },
  { name: "fits while measured", value: fitted, unit: "fits" },
  {
    name: "CPU, all threads",
    value: (cpu.user + cpu.system) / 1e6 / seconds,
    unit: "of a core",
  },
  { name: "main loop busy", value: utilization, unit: "of a core" },
  {
    name: "main-loop delay p99 during refits",
    value: delay.percentile(99) / 1e6 - RESOLUTION_MS,
    unit: "ms",
    goal: 10,
    goalIs: "at-most",
  },
  { name: "main-loop delay at most", value: delay.max / 1e6 - RESOLUTION_MS, unit: "ms" },
  { name: "garbage collection at most", value: longestGcMs, unit: "ms" },
  { name: "profiles made", value: lagsMs.length, unit: "profiles" },
  { name: "forecast's age when made, median", value: median(lagsMs), unit: "ms" },
  { name: "forecasts later than one step", value: late, unit: "profiles", goal: 0, goalIs: "at-most" },
  { name: "memory of a session", value: perSession, unit: "B", goal: 16_000, goalIs: "at-most" },
  { name: "a simulated hour took", value: pastMs / 1e3, unit: "s" },
  { name: "histories in the store at the end", value: kept, unit: "sessions", goal: count },
  ...known,
];
report(figures, { rhythms: fleet.source });
