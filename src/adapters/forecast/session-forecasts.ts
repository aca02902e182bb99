import type { Series } from "../../core/forecast/forecaster.ts";
import { makeForecaster } from "../../core/forecast/online/make-forecaster.ts";
import type { Sources } from "../../core/forecast/online/series-forecaster.ts";
import type { HostRoom } from "../../core/forecast/session/allocation.ts";
import type { ForecastSettings } from "../../core/forecast/session/forecast-settings.ts";
import { PeerRates } from "../../core/forecast/session/peer-rates.ts";
import { SessionForecaster } from "../../core/forecast/session/session-forecaster.ts";
import type { SessionProfile } from "../../core/forecast/session-profile.ts";
import type { Millis } from "../../core/ports.ts";
import type { Capacity, SessionId } from "../../core/units.ts";
import type { Gateway, GatewayPool } from "../pool/gateway-pool.ts";
import { SessionDirectory } from "../pool/session-directory.ts";
import type { HistoryKeeper, Keepable } from "./history-keeper.ts";
import { SeriesTable } from "./series-table.ts";

export const DEFAULT_SESSIONS = 10_000;
const DEFAULT_THRESHOLD = 0.85;

export interface SessionForecastsOptions {
  readonly settings: ForecastSettings;
  readonly sources: Sources;
  readonly keeper: HistoryKeeper;
  /** Looked up at each step: the pool may be deployed later, or anew. */
  readonly pool: () => GatewayPool | undefined;
  readonly onProfile: (profile: SessionProfile) => void;
}

interface Tracked extends Keepable {
  readonly name: SessionId;
  readonly forecaster: SessionForecaster;
}

/** A gateway's sessions, each with its forecaster; profiles go to the pool's directory. */
export class SessionForecasts {
  readonly #options: SessionForecastsOptions;
  readonly #table: SeriesTable<Tracked>;
  readonly #peers = new PeerRates();
  /** Where no pool is chosen. */
  #own: SessionDirectory | undefined;
  #room: HostRoom = { capacities: [], threshold: DEFAULT_THRESHOLD };
  #gateway: Gateway | undefined;

  constructor(options: SessionForecastsOptions) {
    this.#options = options;
    this.#table = new SeriesTable(options.pool()?.settings.maxSessions ?? DEFAULT_SESSIONS, (tracked) => {
      options.keeper.save(tracked);
      tracked.forecaster.rest();
    });
  }

  get size(): number {
    return this.#table.size;
  }

  add(id: SessionId, bytes: number, nowMs: Millis): void {
    this.#table.get(id, () => this.#make(id, nowMs)).forecaster.add(bytes, nowMs);
  }

  #make(id: SessionId, nowMs: Millis): Tracked {
    const { settings, sources, keeper } = this.#options;
    const { stepMs, horizon, level } = settings;
    const options = { id, stepMs, horizon, level, ...sources, peers: this.#peers, make: makeForecaster };
    const tracked = { name: id, forecaster: new SessionForecaster(options, nowMs), savedAtMs: nowMs };
    keeper.begin(tracked, nowMs);
    return tracked;
  }

  /** What the network learns from. */
  *fleet(): Iterable<Series> {
    const { stepMs } = this.#options.settings;
    for (const { forecaster } of this.#table.values())
      for (const values of forecaster.kept.series) yield { values, stepMs };
  }

  /** Keeps all histories; resolves when that is done. */
  close(): Promise<void> {
    return this.#options.keeper.close(this.#table.values());
  }

  /** The sessions whose step it is. */
  begin(): Iterable<Tracked> {
    const pool = this.#options.pool();
    this.#gateway = pool && gatewayOf(pool);
    this.#room = {
      capacities: capacitiesOf(pool, this.#gateway),
      threshold: pool?.settings.threshold ?? DEFAULT_THRESHOLD,
    };
    return this.#table.values();
  }

  step(tracked: Tracked, nowMs: Millis): void {
    const { name: id, forecaster } = tracked;
    const directory = this.#directory();
    // A look is no use: else no session would ever be the least recently used one.
    const entry = directory.find(id) ?? directory.entry(id);
    const profile = forecaster.step(nowMs, entry, this.#room);
    if (!profile) return;
    this.#options.keeper.step(tracked, nowMs);
    entry.profile = profile;
    this.#gateway?.profileChanged(id);
    this.#options.onProfile(profile);
  }

  #directory(): SessionDirectory {
    const pool = this.#options.pool();
    if (pool) return pool.sessions;
    this.#own ??= new SessionDirectory(DEFAULT_SESSIONS);
    return this.#own;
  }
}

/** undefined: the pool has no gateway yet (a broker but no store); its own nodes report that. */
function gatewayOf(pool: GatewayPool): Gateway | undefined {
  try {
    return pool.gateway();
  } catch {
    return undefined;
  }
}

/** Measured where they were, else as declared. */
function capacitiesOf(pool: GatewayPool | undefined, gateway: Gateway | undefined): readonly Capacity[] {
  const views = gateway?.hosts() ?? [];
  const hosts = views.length > 0 ? views : (pool?.settings.hosts ?? []);
  return hosts.map(({ capacity }) => capacity);
}
