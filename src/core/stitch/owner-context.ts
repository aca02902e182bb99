import type { Millis } from "../ports.ts";
import type { HostId } from "../units.ts";
import type { Intake } from "./intake.ts";
import type { UnclaimedMessages } from "./unclaimed-messages.ts";

/** What all slots of one host share; the confirmation settings may come later (setConfirmation). */
export interface OwnerContext {
  readonly host: HostId;
  readonly ack: "commit" | "arrival";
  readonly commitTimeoutMs: Millis;
  confirmable: boolean;
  outboxBytes: number;
  readonly intake: Intake;
  /** Of the time since the last tick: what counts for no time-out of the flow. */
  stoodStillMs: Millis;
  nextWriteId(): string;
  /** Messages that wait in vain for their epoch to show in the store. */
  readonly unclaimed: UnclaimedMessages;
}
