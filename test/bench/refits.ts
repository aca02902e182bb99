/**
 * What fits of the engine cost the main loop: a forecast node's sessions on their timer, with and without them, in
 * one run. `npm run bench:refits [-- sessions] [--json]`; run it on an idle machine.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../src/adapters/clock.ts";
import { type EngineFits, openEngineFits } from "../../src/adapters/forecast/engine-fits.ts";
import { HistoryKeeper } from "../../src/adapters/forecast/history-keeper.ts";
import { SessionForecasts } from "../../src/adapters/forecast/session-forecasts.ts";
import { StepTimer } from "../../src/adapters/forecast/step-timer.ts";
import { readForecastSettings } from "../../src/core/forecast/session/forecast-settings.ts";
import { seededRandom } from "../support/seeded-random.ts";

const STEP_MS = 1_000;
/** Steps that the sessions have lived before the measured ones. */
const PAST_STEPS = 300;
const MEASURED_MS = 20_000;
/** Without rounding: 1 ms is perf_hooks' finest. */
const RESOLUTION_MS = 1;

interface Figures {
  readonly name: string;
  readonly sessions: number;
  readonly fits: number;
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
  readonly cpuShare: number;
  readonly heapKbPerSession: number;
}

function memoryKb(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1000;
}

/** Steps that have passed, on the clock of the sessions themselves. */
function live(sessions: SessionForecasts, count: number, startMs: number, steps: number): void {
  const random = seededRandom(7);
  for (let step = 0; step < steps; step++) {
    const fromMs = startMs + step * STEP_MS;
    for (let i = 0; i < count; i++) {
      const isBusy = (step + i) % 20 < 8;
      for (let k = isBusy ? 4 : 1; k > 0; k--)
        sessions.add(`s-${i}`, 100 + 50 * random.next(), fromMs + k * 200);
    }
    for (const item of sessions.begin()) sessions.step(item, fromMs + STEP_MS);
  }
}

async function measure(name: string, count: number, fits: EngineFits | undefined): Promise<Figures> {
  const before = memoryKb();
  const settings = readForecastSettings({ stepMs: String(STEP_MS), horizon: "30" });
  const sources = { fits };
  const sessions = new SessionForecasts({
    settings,
    sources,
    keeper: new HistoryKeeper({ driver: () => undefined, owner: "bench", width: 4 }),
    pool: () => undefined,
    onProfile: () => undefined,
  });
  const startMs = Math.floor(systemClock.now() / STEP_MS - PAST_STEPS) * STEP_MS;
  live(sessions, count, startMs, PAST_STEPS);
  const timer = new StepTimer({
    clock: systemClock,
    stepMs: STEP_MS,
    items: () => sessions.begin(),
    visit: (item, nowMs) => sessions.step(item, nowMs),
    onEnd: () => undefined,
  });
  const messages = setInterval(() => {
    const nowMs = systemClock.now();
    for (let i = Math.floor(nowMs / 10) % 10; i < count; i += 10) sessions.add(`s-${i}`, 100, nowMs);
  }, 10);
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const cpu = process.cpuUsage();
  const from = fits?.delivered ?? 0;
  delay.enable();
  await sleep(MEASURED_MS);
  delay.disable();
  const used = process.cpuUsage(cpu);
  timer.close();
  clearInterval(messages);
  const figures = {
    name,
    sessions: sessions.size,
    fits: (fits?.delivered ?? 0) - from,
    delayP50Ms: delay.percentile(50) / 1e6 - RESOLUTION_MS,
    delayP99Ms: delay.percentile(99) / 1e6 - RESOLUTION_MS,
    delayMaxMs: delay.max / 1e6 - RESOLUTION_MS,
    cpuShare: (used.user + used.system) / 1000 / MEASURED_MS,
    heapKbPerSession: (memoryKb() - before) / count,
  };
  await fits?.close();
  return figures;
}

const count = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 1_000);
const all = [
  await measure("without fits", count, undefined),
  await measure("with fits", count, openEngineFits()),
];
if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
else
  for (const { name, ...figures } of all) {
    const texts = Object.entries(figures).map(([what, value]) => `${what} ${Number(value.toFixed(2))}`);
    process.stdout.write(`${name}: ${texts.join(", ")}\n`);
  }
