import type { Clock, Random } from "../../core/ports.ts";
import type { RecordStore } from "../../core/record/record-store.ts";
import type { StreamLink } from "../../core/record/stream-link.ts";
import type { PoolSettings } from "../../core/stitch/pool-settings.ts";
import type { Gateway } from "./gateway-pool.ts";
import type { SessionDirectory } from "./session-directory.ts";

/** What a pool's gateway is made of; with a link it needs records. */
export interface GatewayOptions {
  readonly settings: PoolSettings;
  readonly sessions: SessionDirectory;
  /** undefined: wired outputs only. */
  readonly link: StreamLink | undefined;
  readonly records: RecordStore | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** What has no message to be reported with; never fatal. */
  readonly onError: (error: Error) => void;
}

/** The gateway's end of a pool: linked to hosts over a StreamLink, or wired to them within this flow. */
export function createGateway(options: GatewayOptions): Gateway {
  throw new Error(`not implemented for pool ${options.settings.name}`);
}
