import type { HostSettings } from "../../core/stitch/host-settings.ts";
import type { HostRuntime } from "./host-runtime.ts";

/** What the host's nodes need of a pool. */
export interface HostPool {
  readonly name: string;
  /** The host's runtime, a new one where there is none or it was closed. Throws StitchError `BAD_CONFIG` without a broker or store. */
  host(settings: HostSettings): HostRuntime;
  /** The one that a receive node asked for. */
  readonly hostRuntime: HostRuntime | undefined;
}
