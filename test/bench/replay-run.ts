/** Recorded messages through the profile and forecast nodes' own code, on fake time. */
import { HistoryKeeper } from "../../src/adapters/forecast/history-keeper.ts";
import { SessionForecasts } from "../../src/adapters/forecast/session-forecasts.ts";
import type { GatewayPool } from "../../src/adapters/pool/gateway-pool.ts";
import { SessionDirectory } from "../../src/adapters/pool/session-directory.ts";
import { SessionObserver } from "../../src/adapters/pool/session-observer.ts";
import { fitSeries } from "../../src/core/forecast/engine/engine.ts";
import type { Series } from "../../src/core/forecast/forecaster.ts";
import {
  LstmForecaster,
  LstmTraining,
  provenPath,
  teachingSeries,
} from "../../src/core/forecast/lstm/index.ts";
import type { FitJob, FitSource } from "../../src/core/forecast/online/fit-source.ts";
import type { NetworkJob, NetworkSource } from "../../src/core/forecast/online/path.ts";
import { readForecastSettings } from "../../src/core/forecast/session/forecast-settings.ts";
import type { SessionProfile } from "../../src/core/forecast/session-profile.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { addTo, countsOf, dueOf, type Score, type Setup, START_MS } from "./replay-score.ts";
import type { Trace } from "./traces.ts";

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
    for (const { values, stepMs, h, deliver } of jobs.values()) deliver(fitSeries({ values, stepMs }, { h }));
  }
}

/** As `FleetNetwork` looks, learns and learns anew. */
const LOOK_MS = 60_000;
const TRAINING_MS = 60_000;
const AGAIN_MS = 6 * 3_600_000;

/** The fleet's network, trained in no time of the run, but there only after the minute that it takes in the node. */
export class PromptNetwork implements NetworkSource {
  readonly #seconds: number;
  #jobs = new Map<string, NetworkJob>();
  #next: LstmForecaster | undefined;
  #forecaster: LstmForecaster | undefined;
  #lookAtMs = START_MS;
  #readyAtMs = Number.POSITIVE_INFINITY;
  /** Answers, and those of them that had something to say. */
  asked = 0;
  proven = 0;

  /** `seconds` of CPU for a training. */
  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  get isReady(): boolean {
    return this.#forecaster !== undefined;
  }

  request(job: NetworkJob): void {
    this.#jobs.set(job.series, job);
  }

  work(nowMs: number, fleet: () => Iterable<Series>): void {
    if (nowMs >= this.#readyAtMs) {
      this.#forecaster = this.#next;
      this.#readyAtMs = Number.POSITIVE_INFINITY;
    }
    if (nowMs >= this.#lookAtMs) this.#look(nowMs, fleet);
    const jobs = this.#jobs;
    this.#jobs = new Map();
    for (const { values, h, deliver } of jobs.values()) {
      if (!this.#forecaster) return;
      const { points } = provenPath(this.#forecaster, values, h);
      this.asked++;
      if (points.length > 0) this.proven++;
      deliver(points);
    }
  }

  #look(nowMs: number, fleet: () => Iterable<Series>): void {
    this.#lookAtMs = nowMs + LOOK_MS;
    const series = teachingSeries(fleet());
    if (series.length === 0) return;
    this.#next = new LstmForecaster(trained(series, this.#seconds));
    this.#readyAtMs = nowMs + TRAINING_MS;
    this.#lookAtMs = nowMs + AGAIN_MS;
  }
}

function trained(series: readonly Series[], seconds: number): LstmTraining["best"] {
  const fleet = series.map(({ values, stepMs }) => ({ values: Float64Array.from(values), stepMs }));
  const training = new LstmTraining(fleet, seededRandom(1));
  const start = process.cpuUsage();
  for (let spent = 0; spent < 1; ) {
    if (training.step(spent).isDone) break;
    const { user, system } = process.cpuUsage(start);
    spent = (user + system) / 1e6 / seconds;
  }
  training.finish();
  return training.best;
}

interface Message {
  readonly atMs: number;
  readonly device: string;
  readonly bytes: number;
}

function messagesOf(traces: readonly Trace[], setup: Setup): Message[] {
  const endMs = START_MS + setup.stepMs * setup.steps;
  const messages = traces.flatMap((trace) => {
    const { device, bytes } = trace;
    return dueOf(trace, setup).flatMap((atMs, i) =>
      atMs < endMs ? [{ atMs, device, bytes: bytes[i] ?? 0 }] : [],
    );
  });
  return messages.sort((a, b) => a.atMs - b.atMs);
}

/** The pool that the nodes share: no hosts, no store. */
function poolOf(sessions: SessionDirectory): GatewayPool {
  const settings = { maxSessions: 10_000, threshold: 0.85, hosts: [] };
  const gateway = (): never => {
    throw new Error("none");
  };
  return { sessions, settings, gateway } as unknown as GatewayPool;
}

/** Scores of each device. */
export function replayed(
  traces: readonly Trace[],
  setup: Setup,
  network?: PromptNetwork,
): ReadonlyMap<string, Score> {
  const { stepMs, horizon, steps } = setup;
  const messages = messagesOf(traces, setup);
  const counts = new Map(traces.map((trace) => [trace.device, countsOf(trace, setup)]));
  const scores = new Map<string, Score>();
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
  const onProfile = (profile: SessionProfile): void => {
    const score = scores.get(profile.sessionId) ?? { error: 0, naiveError: 0, scale: 0, made: 0, lstm: 0 };
    scores.set(profile.sessionId, score);
    addTo(score, profile, counts.get(profile.sessionId) ?? new Float64Array(), stepMs);
  };
  const forecasts = new SessionForecasts({
    settings: readForecastSettings({ stepMs: String(stepMs), horizon: String(horizon) }),
    sources: { fits, ...(network && { network }) },
    keeper: new HistoryKeeper({ driver: () => undefined, owner: "replay", width: 4 }),
    pool: () => pool,
    onProfile,
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
    network?.work(clock.now(), () => forecasts.fleet());
    for (const tracked of forecasts.begin()) forecasts.step(tracked, clock.now());
  }
  return scores;
}
