import type { NodeStatus } from "node-red";
import type { Series } from "../../core/forecast/forecaster.ts";
import { charted } from "../../core/forecast/session/chart-points.ts";
import type { ForecastSettings } from "../../core/forecast/session/forecast-settings.ts";
import { readNumber, readSeriesName } from "../../core/forecast/session/read-number.ts";
import type { Clock, Millis } from "../../core/ports.ts";
import { type ArimaPaths, openArimaPaths } from "../arima/arima-paths.ts";
import { sessionFactsOf } from "../nodered/gateway-message.ts";
import type { GatewayPool } from "../pool/gateway-pool.ts";
import { type EngineFits, openEngineFits } from "./engine-fits.ts";
import { FleetNetwork } from "./fleet-network.ts";
import { HistoryKeeper } from "./history-keeper.ts";
import { DEFAULT_SESSIONS, SessionForecasts } from "./session-forecasts.ts";
import { StepTimer } from "./step-timer.ts";
import { ValueForecasts } from "./value-forecasts.ts";

type Message = Record<string, unknown>;

export interface ForecastRunOptions {
  /** The node's id: what is kept of its series is kept under it. */
  readonly id: string;
  readonly settings: ForecastSettings;
  readonly clock: Clock;
  readonly pool: () => GatewayPool | undefined;
  /** Reads `msg.<property>`. */
  readonly read: (msg: Message, property: string) => unknown;
  /** Takes messages for the second output; undefined: nothing is wired to it. */
  readonly emit: ((msg: Message) => void) | undefined;
  readonly show: (status: NodeStatus) => void;
  /** Something that works without went wrong. */
  readonly warn: (error: Error) => void;
}

/** What a forecast node runs, whichever its mode. */
export interface ForecastRun {
  /** Takes a message; returns what leaves the first output. */
  take(msg: Message): Message;
  close(): Promise<void>;
}

/** The node's shares of the threads that fit models. */
interface OpenSources {
  readonly fits: EngineFits;
  readonly paths: ArimaPaths | undefined;
  readonly network: FleetNetwork | undefined;
}

/** Starts the node's timer and its shares of the threads that fit models. */
export function startForecasts(options: ForecastRunOptions): ForecastRun {
  const { arima, arimaOrder, lstm } = options.settings;
  const sources = {
    fits: openEngineFits(),
    paths: arima ? openArimaPaths(undefined, arimaOrder) : undefined,
    network: lstm ? networkOf(options) : undefined,
  };
  return options.settings.mode === "session" ? runSessions(options, sources) : runValues(options, sources);
}

/** In the pool's store, where it has one. */
function keeperOf({ id, pool, settings, clock }: ForecastRunOptions): HistoryKeeper {
  const width = settings.mode === "session" ? 4 : 8;
  return new HistoryKeeper({ driver: () => pool()?.driver?.(), owner: id, width, sinceMs: clock.now() });
}

function networkOf({ id, pool, clock, warn }: ForecastRunOptions): FleetNetwork {
  return new FleetNetwork({ clock, owner: id, driver: () => pool()?.driver?.(), warn });
}

interface Steps<Item> {
  readonly size: number;
  fleet(): Iterable<Series>;
  begin(): Iterable<Item>;
  step(item: Item, nowMs: Millis): void;
}

/** Steps all series at each step's end, then shows how many there are and how many of them a fitted model forecasts. */
function everyStep<Item>(
  options: ForecastRunOptions,
  steps: Steps<Item>,
  models: { count: number },
  network: FleetNetwork | undefined,
): StepTimer<Item> {
  const { clock, settings, show } = options;
  show(statusOf(0, 0));
  return new StepTimer({
    clock,
    stepMs: settings.stepMs,
    items: () => {
      models.count = 0;
      return steps.begin();
    },
    visit: (item, nowMs) => steps.step(item, nowMs),
    onEnd: () => {
      show(statusOf(steps.size, models.count));
      network?.step(clock.now(), () => steps.fleet());
    },
  });
}

function statusOf(series: number, models: number): NodeStatus {
  const both = `${series} series, ${models} fitted`;
  // Node-RED's status texts are shorter than 20 characters.
  const text = models > 0 && both.length < 20 ? both : `${series} series`;
  return { fill: series > 0 ? "green" : "grey", shape: "dot", text };
}

/** Smoothing, a rhythm and what was declared or measured need no fit. */
const isFitted = (name: string): boolean => /arima|engine|lstm/.test(name);

function runSessions(options: ForecastRunOptions, sources: OpenSources): ForecastRun {
  const { settings, pool, clock, emit } = options;
  const models = { count: 0 };
  const sessions = new SessionForecasts({
    settings,
    sources,
    keeper: keeperOf(options),
    pool,
    onProfile: (profile) => {
      if (isFitted(profile.model.name)) models.count++;
      if (!emit) return;
      // The flow may change what it gets; the directory's must stay as it is.
      const copy = structuredClone(profile);
      emit({ topic: profile.sessionId, payload: copy, sessionProfile: copy });
    },
  });
  const timer = everyStep(options, sessions, models, sources.network);
  return {
    take(msg) {
      const { id, bytes } = sessionFactsOf(msg);
      sessions.add(id, bytes, clock.now());
      return msg;
    },
    close: () => closed(timer, sources, sessions),
  };
}

function runValues(options: ForecastRunOptions, sources: OpenSources): ForecastRun {
  const { settings, pool, clock, emit, read } = options;
  const { value, series, seriesType } = settings;
  const models = { count: 0 };
  const values = new ValueForecasts({
    settings,
    sources,
    keeper: keeperOf(options),
    most: pool()?.settings.maxSessions ?? DEFAULT_SESSIONS,
    onForecast: (name, forecast) => {
      if (isFitted(forecast.model.name)) models.count++;
      if (!emit) return;
      const copy = charted(forecast);
      emit({ topic: name, payload: copy, forecast: copy });
    },
  });
  const timer = everyStep(options, values, models, sources.network);
  const seriesOf = (msg: Message): string =>
    seriesType === "str" ? series : readSeriesName(read(msg, series), `msg.${series}`);
  return {
    take(msg) {
      const number = readNumber(read(msg, value), `msg.${value}`);
      const forecast = values.add(seriesOf(msg), number, clock.now());
      return forecast ? { ...msg, forecast: charted(forecast) } : msg;
    },
    close: () => closed(timer, sources, values),
  };
}

async function closed(
  timer: { close(): void },
  { fits, paths, network }: OpenSources,
  series: { close(): Promise<void> },
): Promise<void> {
  timer.close();
  await Promise.all([series.close(), fits.close(), paths?.close(), network?.close()]);
}
