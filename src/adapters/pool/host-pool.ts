import type { HostSettings } from "../../core/stitch/host-settings.ts";
import type { HostRuntime } from "./host-runtime.ts";

/** What the host's nodes need of a pool. */
export interface HostPool {
  readonly name: string;
  /** A new runtime of the host. Throws StitchError `BAD_CONFIG` without a broker or store, or where one runs already. */
  host(settings: HostSettings): HostRuntime;
  /** The one that a receive node asked for. */
  readonly hostRuntime: HostRuntime | undefined;
}
