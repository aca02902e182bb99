import type { Millis } from "../ports.ts";
import type { HostId, SessionId, Share } from "../units.ts";
import type { ForecastMember } from "./member-weights.ts";

/** Rhythm of a session's messages. */
export type Pattern = "periodic" | "event-driven" | "bursty" | "streaming" | "keep-alive" | "unknown";

/** Kinds of payload, recognised by content. */
export type DataKind = "json" | "binary" | "text" | "image" | "number";

/** A forecast per second: point i is for the step that ends at `atMs + (i + 1) * stepMs`. All ≥ 0 and finite. */
export interface Curve {
  readonly median: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  /** Coverage of lower..upper, percent. */
  readonly level: 80 | 90 | 95;
}

export interface Qos {
  /** Wanted end-to-end latency. */
  readonly latencyMs?: number;
  /** "none": block or spill rather than drop; "some": the lowest priority may be dropped, counted. */
  readonly loss: "none" | "some";
  readonly order: "key" | "none";
  /** 0 (lowest) to 7 (highest). */
  readonly priority: number;
}

export interface Allocation {
  /** Highest predicted throughput within the horizon (upper where the model has skill), bytes/s. */
  readonly peakBps: number;
  readonly peakAtMs: Millis;
  /** Hosts the session is worth spreading over, ≥ 1. */
  readonly hosts: number;
  /** Capacity to set aside, bytes/s. */
  readonly capacityBps: number;
  /** Shares per host, once the stitcher planned them; they sum to 1. */
  readonly shares?: Readonly<Record<HostId, Share>>;
  /** When the allocation should be in place. */
  readonly readyByMs: Millis;
}

/** What is predicted of a session: the message of the forecast node's second output (DESIGN.md section 5). */
export interface SessionProfile {
  readonly sessionId: SessionId;
  /** When it was made. */
  readonly atMs: Millis;
  readonly stepMs: Millis;
  /** Number of steps ahead. */
  readonly horizon: number;
  readonly bytes: Curve;
  readonly messages: Curve;
  readonly pattern: Pattern;
  readonly periodMs?: Millis;
  /** Each kind's share of the bytes seen. */
  readonly dataTypes: Readonly<Partial<Record<DataKind, Share>>>;
  readonly qos: Qos;
  readonly allocation: Allocation;
  readonly model: {
    readonly name: string;
    /** 1 - error / naive error, rolling; ≤ 0: do not trust this forecast. */
    readonly skill: number;
    /** Points the model was fitted on. */
    readonly trainedOn: number;
    /** The members of the messages' forecast, the heaviest first; absent: its maker does not tell. */
    readonly members?: readonly ForecastMember[];
    /** Seasons that the forecast was found to gain by. */
    readonly seasonsMs?: readonly Millis[];
  };
}
