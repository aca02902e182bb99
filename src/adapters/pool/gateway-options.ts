import type { Clock, Random } from "../../core/ports.ts";
import type { RecordStore } from "../../core/record/record-store.ts";
import type { StreamLink } from "../../core/record/stream-link.ts";
import type { GatewayRole } from "../../core/stitch/lease.ts";
import type { PoolSettings } from "../../core/stitch/pool-settings.ts";
import type { GatewayLease } from "./gateway-lease.ts";
import type { KeptStreams } from "./kept-streams.ts";
import type { SessionDirectory } from "./session-directory.ts";
import type { StreamLog } from "./stream-log.ts";

/** What a pool's gateway is made of; with a link it needs records. */
export interface GatewayOptions {
  readonly settings: PoolSettings;
  readonly sessions: SessionDirectory;
  /** undefined: wired outputs only. */
  readonly link: StreamLink | undefined;
  readonly records: RecordStore | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** What the gateway before this one left, in this process; without it, it is lost with the gateway. */
  readonly kept?: KeptStreams;
  /** The log on disk of what is taken over; undefined: there is no place for it. */
  readonly openLog?: () => StreamLog;
  /** An earlier start left a log: what is in it goes first. */
  readonly hasLog?: () => boolean;
  /** One of several gateways: which of them works, the lease tells; undefined: this one. */
  readonly openLease?: (gateway: string, onRole: (role: GatewayRole) => void) => GatewayLease;
  /** What has no message to be reported with; never fatal. */
  readonly onError: (error: Error) => void;
}
