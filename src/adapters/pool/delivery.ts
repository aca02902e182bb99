import type { NodeStatus } from "node-red";
import type { HostFeedback } from "../../core/route/host-view.ts";
import type { WeightMove } from "../../core/route/weight-log.ts";
import type { HostId, Share } from "../../core/units.ts";

export type Message = Readonly<Record<string, unknown>>;
/** One element per output of the node. */
export type Outputs = (Message | null)[];

/** `msg.undeliverable`: why no host got the message, for people and for a Switch node. */
export interface UndeliverableMark {
  readonly reason: string;
  readonly code?: string;
  readonly host?: HostId;
}

/** What a route node shows; a Status node gets all of it as `msg.status`. */
export interface RouteStatus extends NodeStatus {
  /** Of a wired route: each host's share of the traffic, 0..1. */
  readonly weights?: Readonly<Record<HostId, Share>>;
  /** Of a wired route: the latest moves of weights, oldest first; times are ms since 1970. */
  readonly moves?: readonly WeightMove[];
}

/** How a route node gets its messages to the hosts. */
export interface Delivery {
  /** What goes out at once, or once it is known; null: nothing. Throws StitchError for a message that can't be sent. */
  deliver(msg: Message): Outputs | null | Promise<Outputs | null>;
  feedback(feedback: HostFeedback): void;
  /** Looks at the hosts anew; what the node shows. */
  look(): RouteStatus;
  close(): void;
}
