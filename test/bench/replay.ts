/**
 * `npm run bench:replay [-- --data ../shared/data --half choose|report --json]`: recorded messages through the profile
 * and forecast nodes' own code on fake time, at several speeds and steps, as `npm start -- --trace` does it on real
 * time. Per trace the mean absolute error of the messages curve and of "it stays as in the last step", both ÷ the mean
 * change from one step to the next before the forecast (MASE), and the geometric mean of their ratios. `--half`: every
 * other device; "choose" is what the forecaster's constants were chosen by, "report" was not looked at for that.
 */

import { HistoryKeeper } from "../../src/adapters/forecast/history-keeper.ts";
import { SessionForecasts } from "../../src/adapters/forecast/session-forecasts.ts";
import type { GatewayPool } from "../../src/adapters/pool/gateway-pool.ts";
import { SessionDirectory } from "../../src/adapters/pool/session-directory.ts";
import { SessionObserver } from "../../src/adapters/pool/session-observer.ts";
import { type Fit, fitSeries } from "../../src/core/forecast/engine/engine.ts";
import type { FitJob, FitSource } from "../../src/core/forecast/online/fit-source.ts";
import { readForecastSettings } from "../../src/core/forecast/session/forecast-settings.ts";
import type { SessionProfile } from "../../src/core/forecast/session-profile.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type Figure, report } from "./harness.ts";
import { dataFolder, readTraces, type Trace } from "./traces.ts";

interface Setup {
  /** Seconds of trace per second of run. */
  readonly speed: number;
  readonly stepMs: number;
  readonly horizon: number;
  /** Length of the run. */
  readonly steps: number;
}

/** The first is the main job's; then what a gateway sees in its first minutes and hours, of slow and fast devices. */
const SETUPS: readonly Setup[] = [
  { speed: 600, stepMs: 1_000, horizon: 60, steps: 60 },
  { speed: 60, stepMs: 1_000, horizon: 60, steps: 300 },
  { speed: 600, stepMs: 1_000, horizon: 60, steps: 600 },
  { speed: 3_600, stepMs: 1_000, horizon: 60, steps: 600 },
  { speed: 1, stepMs: 10_000, horizon: 30, steps: 360 },
  { speed: 60, stepMs: 10_000, horizon: 30, steps: 720 },
  { speed: 600, stepMs: 10_000, horizon: 30, steps: 360 },
];
const START_MS = 1_700_000_000_000;
/** Steps before a forecast that its scale is taken from. */
const SCALE_STEPS = 60;
/** The step timer is a little late. */
const LATE_MS = 2;

/** Fits as the worker makes them, delivered at the step after the wish. */
class PromptFits implements FitSource {
  #jobs = new Map<string, FitJob>();

  request(job: FitJob): boolean {
    this.#jobs.set(job.series, job);
    return true;
  }

  release(series: string): void {
    this.#jobs.delete(series);
  }

  work(): void {
    const jobs = this.#jobs;
    this.#jobs = new Map();
    for (const { values, stepMs, h, deliver } of jobs.values()) {
      const fit: Fit = fitSeries({ values, stepMs }, { h });
      deliver(fit);
    }
  }
}

interface Score {
  error: number;
  naiveError: number;
  scale: number;
  made: number;
}

interface Message {
  readonly atMs: number;
  readonly device: string;
  readonly bytes: number;
}

function messagesOf(traces: readonly Trace[], { speed, stepMs, steps }: Setup): Message[] {
  const endMs = START_MS + stepMs * steps;
  const messages = traces.flatMap(({ device, times, bytes }) => {
    const due = times.map((time) => START_MS + (time - (times[0] ?? 0)) / speed);
    return due.flatMap((atMs, i) => (atMs < endMs ? [{ atMs, device, bytes: bytes[i] ?? 0 }] : []));
  });
  return messages.sort((a, b) => a.atMs - b.atMs);
}

/** Counts per step of each device, from the run's start. */
function countsOf(messages: readonly Message[], { stepMs, steps }: Setup): Map<string, Float64Array> {
  const counts = new Map<string, Float64Array>();
  for (const { atMs, device } of messages) {
    const own = counts.get(device) ?? new Float64Array(steps);
    const step = Math.floor((atMs - START_MS) / stepMs);
    own[step] = (own[step] ?? 0) + 1;
    counts.set(device, own);
  }
  return counts;
}

function scaleOf(counts: Float64Array, first: number, at: number): number {
  const from = Math.max(first, at - SCALE_STEPS);
  let change = 0;
  for (let i = from + 1; i < at; i++) change += Math.abs((counts[i] ?? 0) - (counts[i - 1] ?? 0));
  return at - from >= 2 ? change / (at - from - 1) : 0;
}

function add(score: Score, profile: SessionProfile, counts: Float64Array, { stepMs }: Setup): void {
  const at = (profile.atMs - START_MS) / stepMs;
  const first = counts.findIndex((count) => count > 0);
  const scale = scaleOf(counts, first, at);
  if (!(scale > 0)) return;
  const last = counts[at - 1] ?? 0;
  score.made++;
  for (let i = 0; i < profile.horizon && at + i < counts.length; i++) {
    const actual = counts[at + i] ?? 0;
    score.error += Math.abs(((profile.messages.median[i] ?? 0) * stepMs) / 1000 - actual);
    score.naiveError += Math.abs(last - actual);
    score.scale += scale;
  }
}

/** The pool that the nodes share: no hosts, no store. */
function poolOf(sessions: SessionDirectory): GatewayPool {
  const settings = { maxSessions: 10_000, threshold: 0.85, hosts: [] };
  const gateway = (): never => {
    throw new Error("none");
  };
  return { sessions, settings, gateway } as unknown as GatewayPool;
}

function replayed(traces: readonly Trace[], setup: Setup): Score {
  const { stepMs, horizon, steps } = setup;
  const messages = messagesOf(traces, setup);
  const counts = countsOf(messages, setup);
  const clock = new FakeClock(START_MS);
  const sessions = new SessionDirectory(10_000);
  const pool = poolOf(sessions);
  const observer = new SessionObserver({
    sessions,
    clock,
    windowMs: 60_000,
    slots: 1,
    deviceProfile: undefined,
    onChange: () => undefined,
  });
  const fits = new PromptFits();
  const score: Score = { error: 0, naiveError: 0, scale: 0, made: 0 };
  const settings = readForecastSettings({ stepMs: String(stepMs), horizon: String(horizon) });
  const forecasts = new SessionForecasts({
    settings,
    sources: { fits },
    keeper: new HistoryKeeper({ driver: () => undefined, owner: "replay", width: 4 }),
    pool: () => pool,
    onProfile: (profile) => add(score, profile, counts.get(profile.sessionId) ?? new Float64Array(), setup),
  });
  let next = 0;
  for (let step = 1; step <= steps; step++) {
    const endMs = START_MS + step * stepMs;
    for (; (messages[next]?.atMs ?? Number.POSITIVE_INFINITY) < endMs; next++) {
      const { atMs, device, bytes } = messages[next] as Message;
      clock.advance(atMs - clock.now());
      observer.observe(device, 0, { topic: device, payload: Buffer.alloc(bytes) });
      forecasts.add(device, bytes, atMs);
    }
    clock.advance(endMs + LATE_MS - clock.now());
    fits.work();
    for (const tracked of forecasts.begin()) forecasts.step(tracked, clock.now());
  }
  return score;
}

/** Sets, in order, with those of their devices that are asked for. */
function setsOf(traces: readonly Trace[]): Map<string, Trace[]> {
  const at = process.argv.indexOf("--half");
  const half = at < 0 ? undefined : process.argv[at + 1] === "choose" ? 0 : 1;
  const sets = new Map<string, Trace[]>();
  for (const [i, trace] of traces.entries()) {
    if (half !== undefined && i % 2 !== half) continue;
    sets.set(trace.set, [...(sets.get(trace.set) ?? []), trace]);
  }
  return sets;
}

function figures(traces: readonly Trace[]): Figure[] {
  const all: Figure[] = [];
  const logs: number[] = [];
  for (const setup of SETUPS) {
    const own: number[] = [];
    const { speed, stepMs, steps } = setup;
    const place = `x${speed}, ${steps} steps of ${stepMs / 1000} s`;
    for (const [set, devices] of setsOf(traces)) {
      const { error, naiveError, scale, made } = replayed(devices, setup);
      if (!(scale > 0) || !(naiveError > 0)) continue;
      own.push(Math.log(error / naiveError));
      const name = `${set} ${place}`;
      all.push({ name: `${name}: mase`, value: error / scale, unit: `(${made} profiles)` });
      all.push({ name: `${name}: naiveMase`, value: naiveError / scale, unit: "" });
    }
    logs.push(...own);
    all.push({ name: `${place}: mase / naiveMase, geometric mean`, value: geometric(own), unit: "x" });
  }
  const value = geometric(logs);
  all.push({ name: "all: mase / naiveMase, geometric mean", value, unit: "x", goal: 1, goalIs: "at-most" });
  return all;
}

const geometric = (logs: readonly number[]): number =>
  Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);

report(figures(readTraces(dataFolder() ?? "../shared/data")));
