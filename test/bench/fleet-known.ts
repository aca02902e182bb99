/** More sessions than fit: the least recently used ones go to the store, and come back with their history. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openEngineFits } from "../../src/adapters/forecast/engine-fits.ts";
import { HistoryKeeper } from "../../src/adapters/forecast/history-keeper.ts";
import { SessionForecasts } from "../../src/adapters/forecast/session-forecasts.ts";
import { SqliteDriver } from "../../src/adapters/store/sqlite-driver.ts";
import { readForecastSettings } from "../../src/core/forecast/session/forecast-settings.ts";
import { FakeClock } from "../support/fake-clock.ts";
import type { Figure } from "./harness.ts";

const AT_A_TIME = 10_000;
const STEP_MS = 10_000;
const STEPS = 12;
/** Asked for again, of the very first ones. */
const AGAIN = 500;

function usedBytes(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

export async function knownSessions(count: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const driver = new SqliteDriver({ path: join(folder, "store.sqlite") });
  await driver.open();
  const before = usedBytes();
  const clock = new FakeClock(1e12);
  /** Sessions whose forecast is made of more than they have sent since. */
  const back = new Set<string>();
  // As in the node: what is kept is what models are fitted on.
  const fits = openEngineFits();
  const forecasts = new SessionForecasts({
    settings: readForecastSettings({ stepMs: String(STEP_MS) }),
    sources: { fits },
    keeper: new HistoryKeeper({ driver: () => driver, owner: "bench", width: 4 }),
    pool: () => undefined,
    onProfile: ({ sessionId, model }) => {
      if (model.trainedOn >= STEPS - 1) back.add(sessionId);
    },
  });
  const stepAll = (): void => {
    for (const session of forecasts.begin()) forecasts.step(session, clock.now());
  };
  const live = async (from: number, count: number, steps: number): Promise<void> => {
    for (let step = 0; step < steps; step++) {
      clock.advance(STEP_MS);
      for (let i = from; i < from + count; i++) forecasts.add(`device-${i}`, 100, clock.now());
      // What was kept is on its way.
      if (step === 0) await sleep(500);
      if (step % 4 === 3) stepAll();
    }
    await sleep(0);
  };
  try {
    for (let from = 0; from < count; from += AT_A_TIME) await live(from, AT_A_TIME, STEPS);
    const used = usedBytes() - before;
    const { rss } = process.memoryUsage();
    await forecasts.close();
    const stored = (await driver.count?.()) ?? Number.NaN;
    back.clear();
    await live(0, AGAIN, 4);
    const asked = Array.from({ length: AGAIN }, (_, i) => `device-${i}`);
    const returned = asked.filter((id) => back.has(id)).length;
    return [
      { name: `${count} known: memory`, value: used / 1e6, unit: "MB" },
      { name: `${count} known: memory of the process`, value: rss / 1e6, unit: "MB" },
      { name: `${count} known: in memory`, value: forecasts.size, unit: "sessions" },
      { name: `${count} known: kept in the store`, value: stored, unit: "sessions", goal: count },
      {
        name: `${count} known: back with their history`,
        value: returned / AGAIN,
        unit: "of those asked",
        goal: 1,
      },
    ];
  } finally {
    await fits.close();
    await driver.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
