import { type Fit, fitSeries } from "../../../src/core/forecast/engine/engine.ts";
import type { FitSource } from "../../../src/core/forecast/online/fit-source.ts";
import { makeForecaster } from "../../../src/core/forecast/online/make-forecaster.ts";
import type { HostRoom } from "../../../src/core/forecast/session/allocation.ts";
import { SessionForecaster } from "../../../src/core/forecast/session/session-forecaster.ts";
import type { SessionProfile } from "../../../src/core/forecast/session-profile.ts";
import type { SessionSummary } from "../../../src/core/profile/session-facts.ts";
import { SessionMeter } from "../../../src/core/profile/session-meter.ts";
import { SlotLoad } from "../../../src/core/stitch/slot-load.ts";
import type { Rate } from "../../../src/core/units.ts";
import type { Fleet } from "./scenario.ts";

/** A forecast node's defaults. */
export const FORECAST_STEP_MS = 10_000;
const HORIZON = 30;
/** A pool's. */
export const PLAN_STEP_MS = 5000;
const WINDOW_MS = 60_000;

export type Profiles = ReadonlyMap<string, SessionProfile>;

/** What the gateway knew at a planning step; no policy changes what devices send, so it is the same for all. */
export interface Known {
  readonly atMs: number;
  /** By slot. */
  readonly loads: readonly Rate[];
  readonly profiles: Profiles;
}

/**
 * The engine's fits, at once instead of soon. Messages count one byte each, so a session's bytes are the same series
 * as its messages and are fitted once.
 */
function promptFits(): FitSource {
  let last: { readonly values: Float64Array; readonly fit: Fit } | undefined;
  return {
    request({ values, stepMs, h, deliver }) {
      const isSame =
        last?.values.length === values.length && values.every((v, i) => Object.is(v, last?.values[i]));
      if (!isSame || !last) last = { values: values.slice(), fit: fitSeries({ values, stepMs }, { h }) };
      deliver(structuredClone(last.fit));
      return true;
    },
    release: () => undefined,
  };
}

interface Tracked {
  readonly id: string;
  readonly meter: SessionMeter;
  readonly forecaster: SessionForecaster;
  summary: SessionSummary | undefined;
}

/** Who forecasts: the online ensemble by itself, or with the engine where that has erred less, as the node does. */
export type Forecasting = "online" | "engine";

export interface Steps {
  readonly forecastMs: number;
  readonly planMs: number;
  readonly horizon: number;
}

const DEFAULT_STEPS: Steps = { forecastMs: FORECAST_STEP_MS, planMs: PLAN_STEP_MS, horizon: HORIZON };

/** The gateway's observers of a fleet. */
class Observers {
  readonly #tracked: readonly Tracked[];
  readonly #loads: readonly SlotLoad[];
  readonly #fleet: Fleet;
  readonly #room: HostRoom;
  #profiles: Profiles = new Map();

  constructor(fleet: Fleet, perSec: number, by: Forecasting, { forecastMs, horizon }: Steps) {
    const fits = by === "engine" ? promptFits() : undefined;
    const make = makeForecaster;
    const steps = { stepMs: forecastMs, horizon, level: 80, fits, make } as const;
    this.#fleet = fleet;
    this.#tracked = fleet.sessions.map(({ id }) => ({
      id,
      meter: new SessionMeter(WINDOW_MS, 0),
      forecaster: new SessionForecaster({ ...steps, id }, 0),
      summary: undefined,
    }));
    this.#loads = Array.from({ length: fleet.slots }, () => new SlotLoad(0));
    this.#room = { capacities: [{ messagesPerSec: perSec }], threshold: 0.85 };
  }

  message(index: number): void {
    const atMs = this.#fleet.atMs[index] as number;
    const slot = this.#fleet.slotOf[index] as number;
    this.#loads[slot]?.take(1, atMs);
    const it = this.#tracked[this.#fleet.sessionOf[slot] as number] as Tracked;
    it.forecaster.add(1, atMs);
    if (it.meter.observe(atMs, 1, 0, 0)) it.summary = it.meter.review(atMs);
  }

  forecast(atMs: number): void {
    const profiles = new Map(this.#profiles);
    for (const { id, forecaster, summary } of this.#tracked) {
      const profile = forecaster.step(atMs, summary ? { summary } : {}, this.#room);
      if (profile) profiles.set(id, profile);
    }
    this.#profiles = profiles;
  }

  known(atMs: number): Known {
    return { atMs, loads: this.#loads.map((load) => load.rate(atMs)), profiles: this.#profiles };
  }
}

/** Runs meters and forecasters over a fleet's messages. */
export function observe(
  fleet: Fleet,
  perSec: number,
  by: Forecasting,
  steps: Steps = DEFAULT_STEPS,
): Known[] {
  const observers = new Observers(fleet, perSec, by, steps);
  const known: Known[] = [];
  let next = 0;
  for (let atMs = steps.planMs; atMs <= fleet.durationMs; atMs += steps.planMs) {
    while ((fleet.atMs[next] ?? atMs) < atMs) observers.message(next++);
    if (atMs % steps.forecastMs === 0) observers.forecast(atMs);
    known.push(observers.known(atMs));
  }
  return known;
}

/** As far ahead as the planner looks. */
const ORACLE_STEPS = 24;

/** The same with profiles of what will really come. */
export function foreseen(fleet: Fleet, known: readonly Known[]): Known[] {
  const steps = known.length + ORACLE_STEPS + 1;
  const counts = fleet.sessions.map(() => new Float64Array(steps));
  for (const [i, atMs] of fleet.atMs.entries()) {
    const session = fleet.sessionOf[fleet.slotOf[i] as number] as number;
    const step = Math.floor(atMs / PLAN_STEP_MS);
    (counts[session] as Float64Array)[step] = ((counts[session] as Float64Array)[step] ?? 0) + 1;
  }
  return known.map(({ atMs, loads, profiles: guessed }) => {
    const step = Math.round(atMs / PLAN_STEP_MS);
    const profiles = new Map<string, SessionProfile>();
    for (const [i, { id }] of fleet.sessions.entries()) {
      const any = guessed.get(id);
      if (!any) continue;
      const rates = Array.from(
        (counts[i] as Float64Array).subarray(step, step + ORACLE_STEPS),
        (count) => (count * 1000) / PLAN_STEP_MS,
      );
      const curve = { median: rates, lower: rates, upper: rates, level: 80 } as const;
      const model = { name: "oracle", skill: 1, trainedOn: step };
      const timing = { atMs, stepMs: PLAN_STEP_MS, horizon: ORACLE_STEPS };
      profiles.set(id, { ...any, ...timing, bytes: curve, messages: curve, model });
    }
    return { atMs, loads, profiles };
  });
}
