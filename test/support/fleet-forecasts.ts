import { fitSeries } from "../../src/core/forecast/engine/engine.ts";
import type { FitSource } from "../../src/core/forecast/online/fit-source.ts";
import { makeForecaster } from "../../src/core/forecast/online/make-forecaster.ts";
import type { HostRoom } from "../../src/core/forecast/session/allocation.ts";
import {
  SessionForecaster,
  type SessionKnowledge,
} from "../../src/core/forecast/session/session-forecaster.ts";
import type { SessionProfile } from "../../src/core/forecast/session-profile.ts";
import type { Millis } from "../../src/core/ports.ts";
import type { Due, Source } from "../../src/demo/devices.ts";
import { ForecastCheck, type ForecastTally } from "../../src/demo/forecast-check.ts";

export const START_MS: Millis = 1_700_000_000_000;

export interface FleetRun {
  readonly sources: readonly Source[];
  readonly stepMs: Millis;
  readonly forMs: Millis;
  readonly horizon?: number;
  readonly known?: (device: string) => SessionKnowledge;
  /** Makes the engine's fits; none by default. */
  readonly fits?: FitSource;
  /** Each profile as it is made. */
  readonly onProfile?: (profile: SessionProfile) => void;
}

/** Fits at once, for as many series as ask. */
export const fitsAtOnce: FitSource = {
  request({ values, stepMs, h, deliver }) {
    deliver(fitSeries({ values, stepMs }, { h }));
    return true;
  },
  release: () => undefined,
};

export const room: HostRoom = { capacities: [], threshold: 0.85 };

/** One device of a run, and what forecasts it. */
class Tracked {
  readonly #source: Source;
  readonly #options: Pick<FleetRun, "stepMs" | "fits"> & { readonly horizon: number };
  #due: Due | undefined;
  forecaster: SessionForecaster | undefined;

  constructor(source: Source, options: Pick<FleetRun, "stepMs" | "fits"> & { readonly horizon: number }) {
    this.#source = source;
    this.#options = options;
    this.#due = source.next();
  }

  get id(): string {
    return this.#source.device;
  }

  send(untilMs: Millis, check: ForecastCheck): void {
    for (; this.#due && this.#due.dueMs < untilMs; this.#due = this.#source.next()) {
      const atMs = START_MS + this.#due.dueMs;
      check.sent(this.id, atMs);
      this.forecaster ??= this.#make(atMs);
      this.forecaster.add(this.#due.bytes, atMs);
    }
  }

  #make(atMs: Millis): SessionForecaster {
    return new SessionForecaster({ id: this.id, ...this.#options, level: 80, make: makeForecaster }, atMs);
  }
}

/** Devices send to forecasters on a simulated clock; the demo's own check judges the forecasts. */
export function runFleet({
  sources,
  stepMs,
  forMs,
  horizon = 30,
  known,
  fits,
  onProfile,
}: FleetRun): ForecastTally {
  const check = new ForecastCheck();
  const devices = sources.map(
    (source) => new Tracked(source, { stepMs, horizon, ...(fits ? { fits } : undefined) }),
  );
  for (let end = stepMs; end <= forMs; end += stepMs)
    for (const device of devices) {
      device.send(end, check);
      const profile = device.forecaster?.step(START_MS + end, known?.(device.id) ?? {}, room);
      if (!profile) continue;
      check.profile(profile, START_MS + end);
      onProfile?.(profile);
    }
  return check.tally(START_MS + forMs);
}
