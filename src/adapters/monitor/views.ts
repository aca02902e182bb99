/** What the admin routes answer, as the sidebar reads it. No payloads, no credentials: plain JSON, numbers rounded. */
import type { ForecastMember } from "../../core/forecast/member-weights.ts";
import type { Curve, DataKind, Pattern, Qos } from "../../core/forecast/session-profile.ts";
import type { Millis } from "../../core/ports.ts";
import type { HostView } from "../../core/route/host-view.ts";
import type { LatencyNow } from "../../core/route/latency-meter.ts";
import type { PlanEventKind } from "../../core/stitch/protocol.ts";
import type { Capacity, HostId, Rate, SessionId, Share } from "../../core/units.ts";
import type { GatewayStatus, SessionMirror } from "../pool/gateway-pool.ts";

/** A running pool, for the list to choose from. */
export interface PoolHead {
  /** Of its config node. */
  readonly id: string;
  readonly name: string;
  /** false: no node of this Node-RED uses it as a gateway; there is nothing to see. */
  readonly isGateway: boolean;
}

export interface HostSnapshot extends Rate {
  readonly host: HostId;
  readonly state: HostView["state"];
  readonly reason?: string;
  /** Measured where it has been, else declared. */
  readonly capacity: Capacity;
  readonly isMeasured: boolean;
  readonly utilisation: number;
  readonly predictedPeak?: number;
  readonly slots: number;
  /** From taking a message over to its commit, of the last half minute; absent where nothing is known. */
  readonly latency?: LatencyNow;
  /** Of its latest heartbeat; absent for wired hosts. */
  readonly serviceRatePerSec?: number;
  readonly pending?: number;
  readonly loopDelayP99Ms?: number;
  readonly cpu?: number;
  readonly memoryBytes?: number;
  /** An operator wants it emptied. */
  readonly isDrainAsked: boolean;
}

/** A host's utilisation in the past, one value each `stepMs`; null: it was not there. */
export interface HostSeries {
  readonly host: HostId;
  readonly utilisation: readonly (number | null)[];
}

/** Where a host's utilisation goes if nothing is moved; value i is for `atMs + i * stepMs`. */
export interface HostForecast {
  readonly host: HostId;
  readonly median: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

export interface PoolSnapshot {
  readonly pool: PoolHead;
  readonly nowMs: Millis;
  readonly threshold: number;
  readonly leadTimeMs: Millis;
  readonly isPaused: boolean;
  readonly isDryRun: boolean;
  readonly status: GatewayStatus;
  readonly sessions: number;
  readonly hosts: readonly HostSnapshot[];
  readonly history: {
    /** Of the first value; later than `since` where that was asked for. */
    readonly fromMs: Millis;
    readonly stepMs: Millis;
    readonly hosts: readonly HostSeries[];
  };
  readonly forecast: {
    readonly atMs: Millis;
    readonly stepMs: Millis;
    readonly hosts: readonly HostForecast[];
  };
  /** Number of the latest decision: tells whether there are new ones. */
  readonly lastDecision: number;
}

export type SessionSort = "id" | "pattern" | "rate" | "bytes" | "peak" | "owner";

export interface SessionRow {
  readonly id: SessionId;
  readonly pattern: Pattern;
  readonly messagesPerSec: number;
  readonly bytesPerSec: number;
  /** Highest predicted throughput within the horizon, bytes/s, and when. */
  readonly peakBps?: number;
  readonly peakAtMs?: Millis;
  readonly owner?: HostId;
  readonly shares: Readonly<Record<HostId, Share>>;
  readonly pinnedTo?: HostId;
}

export interface SessionPage {
  /** Sessions that the search finds. */
  readonly found: number;
  /** From 0; the last one where a later one was asked for. */
  readonly page: number;
  readonly size: number;
  readonly rows: readonly SessionRow[];
}

export interface SessionDetail extends SessionRow {
  readonly nowMs: Millis;
  readonly periodMs?: Millis;
  readonly periodConfidence?: Share;
  readonly deviceProfile?: string;
  readonly dataTypes: Readonly<Partial<Record<DataKind, Share>>>;
  readonly qos?: Qos;
  readonly mirrors: readonly SessionMirror[];
  readonly history: {
    readonly fromMs: Millis;
    readonly stepMs: Millis;
    readonly messages: readonly (number | null)[];
    readonly bytes: readonly (number | null)[];
  };
  readonly forecast?: {
    readonly atMs: Millis;
    readonly stepMs: Millis;
    readonly messages: Curve;
    readonly bytes: Curve;
    /** For people. */
    readonly model: string;
    /** What it is made of, the heaviest first; empty: its maker does not tell. */
    readonly members: readonly ForecastMember[];
    /** Seasons that it gains by. */
    readonly seasonsMs: readonly Millis[];
    readonly skill: number;
    readonly trainedOn: number;
  };
  /** What happened to it, oldest first. */
  readonly marks: readonly Decision[];
}

/** What was done, by the planner or by people. */
export interface Decision {
  /** From 1, in order. */
  readonly n: number;
  readonly atMs: Millis;
  readonly kind: PlanEventKind | OperatorAction;
  readonly reason: string;
  readonly sessionId?: SessionId;
  readonly slot?: number;
  readonly from?: HostId;
  readonly to?: HostId;
  readonly pauseMs?: Millis;
}

export interface DecisionPage {
  /** Newest first. */
  readonly decisions: readonly Decision[];
}

/** Each is a permission of its own: `session-stitching.<action>`. */
export type OperatorAction = "drain" | "pin" | "pause" | "dry-run";
