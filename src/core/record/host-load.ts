import type { Millis } from "../ports.ts";
import type { Capacity, HostId, PerSec } from "../units.ts";

/** A host's heartbeat: JSON on `stitch/<pool>/hosts/<host>`, retained, every 500 ms; the last will says "gone". */
export interface HostLoad {
  readonly host: HostId;
  /** New with each start of the host: a restarted host has lost what it held in memory. */
  readonly incarnation: string;
  /** "draining": takes no new slots. */
  readonly state: "up" | "draining" | "gone";
  /** Sender's wall clock; for display only, freshness is judged by arrival. */
  readonly atMs: Millis;
  /** Declared limits. */
  readonly capacity: Capacity;
  /** Messages committed per second while there was work waiting; absent until measured. */
  readonly serviceRatePerSec?: PerSec;
  /** Messages received and not yet committed. */
  readonly pending: number;
  /** Event-loop delay, p99 of the last interval. */
  readonly loopDelayP99Ms: number;
  /** CPU of the process, share of one core. */
  readonly cpu: number;
  readonly memoryBytes: number;
  readonly ownedSlots: number;
  /** How to reach it, where it is not the pool's broker; for display. */
  readonly endpoint?: string;
}
