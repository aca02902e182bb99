import assert from "node:assert/strict";
import { HistoryKeeper } from "../../../src/adapters/forecast/history-keeper.ts";
import { SessionForecasts } from "../../../src/adapters/forecast/session-forecasts.ts";
import type { GatewayPool } from "../../../src/adapters/pool/gateway-pool.ts";
import { SessionDirectory } from "../../../src/adapters/pool/session-directory.ts";
import { readForecastSettings } from "../../../src/core/forecast/session/forecast-settings.ts";
import type { SessionProfile } from "../../../src/core/forecast/session-profile.ts";
import { byChance, DAY_STEPS, MONDAY_MS, STEP_MS } from "../../support/daily-rhythm.ts";
import { fitsAtOnce } from "../../support/fleet-forecasts.ts";
import { MemoryDriver } from "../../support/memory-driver.ts";

const office = (hour: number): number => (hour >= 8 && hour < 18 ? 6 : 0.05);
const atHour = (day: number, hour: number): number => day * DAY_STEPS + (hour * DAY_STEPS) / 24;

describe("sessions' forecasts on a store", function () {
  this.timeout(30_000);
  const driver = new MemoryDriver();
  const said: { next: number; profile: SessionProfile }[] = [];

  /** A node that keeps two sessions in memory. */
  function started(step: number): SessionForecasts {
    const pool = {
      sessions: new SessionDirectory(2),
      settings: { maxSessions: 2, threshold: 0.85, hosts: [] },
      gateway: () => ({ hosts: () => [], profileChanged: () => 0 }),
    } as unknown as GatewayPool;
    return new SessionForecasts({
      settings: readForecastSettings({ stepMs: String(STEP_MS), horizon: "15" }),
      sources: { fits: fitsAtOnce },
      keeper: new HistoryKeeper({
        driver: () => driver,
        owner: "f",
        width: 4,
        sinceMs: MONDAY_MS + step * STEP_MS,
      }),
      pool: () => pool,
      onProfile: (profile) => said.push({ next: (profile.atMs - MONDAY_MS) / STEP_MS, profile }),
    });
  }

  /** Lets what was asked of the store come. */
  async function turns(): Promise<void> {
    for (let i = 0; i < 8; i++) await new Promise(setImmediate);
  }

  const counts = byChance(office, 9);
  async function live(forecasts: SessionForecasts, from: number, to: number): Promise<void> {
    let isNew = true;
    for (let step = from; step < to; step++) {
      const atMs = MONDAY_MS + step * STEP_MS;
      for (let i = counts(step); i > 0; i--) forecasts.add("cam-7", 100, atMs);
      if (isNew && counts(step) > 0) await turns();
      isNew &&= counts(step) === 0;
      for (const session of forecasts.begin()) forecasts.step(session, atMs + STEP_MS);
    }
  }

  it("come back with the days they had: after a restart, and when others took their room for hours", async () => {
    const before = started(0);
    await live(before, 0, atHour(3, 12));
    for (const other of ["a", "b", "c"]) before.add(other, 1, MONDAY_MS + atHour(3, 13) * STEP_MS);
    await turns();
    await live(before, atHour(3, 14), atHour(4, 5));
    await before.close();

    const after = started(atHour(4, 6));
    said.length = 0;
    await live(after, atHour(4, 6), atHour(4, 9));
    await after.close();
    const early = said.find(({ next }) => next === atHour(4, 8) - 8)?.profile;
    assert.match(early?.model.name ?? "", /day/);
    const { median } = early?.messages ?? { median: [] };
    const perStep = (index: number): number => ((median[index] ?? 0) * STEP_MS) / 1000;
    assert.ok(perStep(0) < 1 && Math.abs(perStep(12) - 6) < 2, `${perStep(0)}, then ${perStep(12)}`);
  });
});
