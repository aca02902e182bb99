import type { Millis } from "../../core/ports.ts";
import type { Capacity, HostId } from "../../core/units.ts";
import type { HostRuntime } from "./host-runtime.ts";

/** What a receive node asks its pool for. */
export interface HostSettings {
  readonly host: HostId;
  readonly capacity: Capacity;
  readonly ack: "commit" | "arrival";
  readonly commitTimeoutMs: Millis;
}

/** What the host's nodes need of a pool. */
export interface HostPool {
  readonly name: string;
  /** The host's runtime, a new one where there is none or it was closed. Throws StitchError `BAD_CONFIG` without a broker or store. */
  host(settings: HostSettings): HostRuntime;
  /** The one that a receive node asked for. */
  readonly hostRuntime: HostRuntime | undefined;
}
