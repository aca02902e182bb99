import type { Millis } from "../ports.ts";
import type { HostId } from "../units.ts";
import type { OwnershipCommand, OwnershipEvent } from "./protocol.ts";

export interface OwnershipOptions {
  readonly host: HostId;
  /** Begins the ids of this host's writes; new with each start. */
  readonly incarnation: string;
  /** "arrival": acknowledged when handed to the flow, no record written per message (stateless flows). */
  readonly ack: "commit" | "arrival";
  /** The flow has to hand a message to `commit` within so long, else it is passed over. */
  readonly commitTimeoutMs: Millis;
  /** A Complete node confirms outputs; without, the outbox keeps the last group only. */
  readonly confirmable: boolean;
  /** Bound of a slot's outbox; above it nothing is delivered until outputs are confirmed. */
  readonly outboxBytes: number;
}

/** H of DESIGN.md section 6: takes slots' streams in order and commits state and outputs by compare-and-set. */
export class Ownership {
  constructor(_options: OwnershipOptions) {}

  handle(_event: OwnershipEvent, _nowMs: Millis): OwnershipCommand[] {
    return [];
  }

  /** Told late: the commit node may be deployed after the receive node. */
  setConfirmation(_confirmable: boolean, _outboxBytes: number): void {}

  get ownedSlots(): number {
    return 0;
  }

  get mirroredSlots(): number {
    return 0;
  }

  /** Messages received and not committed. */
  get pending(): number {
    return 0;
  }
}
