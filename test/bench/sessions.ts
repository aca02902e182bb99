/**
 * What a session costs in memory, all that a gateway keeps of it: the directory's entry with the profile node's meter,
 * the forecast node's two series with their history and latest profile, the gateway's slot. Each session comes with the
 * coarse history of two weeks and lives through an hour of steps: all of its history is as large as it gets. Needs
 * --expose-gc.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { openEngineFits } from "../../src/adapters/forecast/engine-fits.ts";
import { HistoryKeeper } from "../../src/adapters/forecast/history-keeper.ts";
import { SessionForecasts } from "../../src/adapters/forecast/session-forecasts.ts";
import { Pool } from "../../src/adapters/pool/pool.ts";
import { SessionObserver } from "../../src/adapters/pool/session-observer.ts";
import { readForecastSettings } from "../../src/core/forecast/session/forecast-settings.ts";
import type { SessionForecaster } from "../../src/core/forecast/session/session-forecaster.ts";
import { readPoolSettings } from "../../src/core/stitch/pool-settings.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { type Figure, report } from "./harness.ts";

const SESSIONS = 10_000;
const STEP_MS = 10_000;
const STEPS = 360;
/** Steps that are closed together: a session's bins hold 4, the open one among them. */
const AT_ONCE = 3;
const MINUTE_MS = 60_000;
/** Bins of the coarse tiers: two weeks, as they are kept. */
const TIERS = [
  { binMs: MINUTE_MS, bins: 482 },
  { binMs: 15 * MINUTE_MS, bins: 1346 },
];
const GOAL_BYTES = 16_000;

/** Bytes in use, after a collection. */
function usedBytes(): number {
  if (!globalThis.gc) throw new Error("run with node --expose-gc");
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const clock = new FakeClock(1e12);
const random = seededRandom(1);
const unwanted = (): never => {
  throw new Error("nothing is linked here");
};
const pool = new Pool({
  settings: readPoolSettings({
    hosts: [{ name: "host-1", messagesPerSec: "1000000", bytesPerSec: "", weight: "1" }],
  }),
  records: () => undefined,
  openLink: unwanted,
  clock,
  random,
  warn: () => undefined,
  info: () => undefined,
});
const gateway = pool.gateway();
const observer = new SessionObserver({
  sessions: pool.sessions,
  clock,
  windowMs: 60_000,
  slots: 1,
  deviceProfile: undefined,
  onChange: () => undefined,
});
const fits = openEngineFits({ share: 1 });
const forecasts = new SessionForecasts({
  settings: readForecastSettings({}),
  sources: { fits },
  keeper: new HistoryKeeper({ driver: () => undefined, owner: "bench", width: 4 }),
  pool: () => pool,
  onProfile: () => undefined,
});

function liveOneStep(): void {
  clock.advance(STEP_MS);
  for (let i = 0; i < SESSIONS; i++) {
    const topic = `site/device-${i}/up`;
    const payload = { temperature: 20 + Math.round(random.next() * 100) / 10, humidity: 40 };
    const { id, bytes, slot, slots } = observer.observe(topic, 0, { topic, payload });
    forecasts.add(id, bytes, clock.now());
    gateway.take({ sessionId: id, slot }, slots, bytes);
  }
}

/** As if it came back after two weeks. */
function remember({ forecaster }: { readonly forecaster: SessionForecaster }): void {
  const { kept } = forecaster;
  const { gauges = new Float32Array(), sizes = new Uint8Array() } = kept.coarse ?? {};
  const tiers = TIERS.map(({ binMs, bins }) => ({
    binMs,
    end: Math.floor(clock.now() / binMs),
    codes: new Uint8Array(bins).fill(7),
  }));
  forecaster.resume({ ...kept, coarse: { tiers, sizes, gauges } });
}

const before = usedBytes();
liveOneStep();
const young = usedBytes();
for (const session of forecasts.begin()) remember(session);
for (let step = 1; step < STEPS; step++) {
  liveOneStep();
  if (step % AT_ONCE !== 0) continue;
  for (const session of forecasts.begin()) forecasts.step(session, clock.now());
}
/** The thread's fits come back on the loop: until none did for a second. */
for (let had = -1; had < fits.delivered; ) {
  had = fits.delivered;
  await sleep(1_000);
}
const grown = usedBytes();
const figures: Figure[] = [
  { name: "a session after its first message", value: (young - before) / SESSIONS, unit: "B" },
  {
    name: "a session after two weeks and an hour, with its history",
    value: (grown - before) / SESSIONS,
    unit: "B",
    goal: GOAL_BYTES,
    goalIs: "at-most",
  },
];
report(figures);
await fits.close();
await gateway.close();
