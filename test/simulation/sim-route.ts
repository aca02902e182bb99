import type { Envelope } from "../../src/core/record/envelope.ts";
import type { SlotId } from "../../src/core/record/slot-record.ts";
import type { OrchestratorEvent, RetentionEvent } from "../../src/core/stitch/protocol.ts";
import type { Retention } from "../../src/core/stitch/retention.ts";

/** A gateway of the simulated world. */
export interface SimRoute {
  readonly name: string;
  readonly isUp: boolean;
  readonly isPaused?: boolean;
  /** Messages were offered of which nobody knows yet whether they are taken over. */
  readonly hasPending: boolean;
  readonly retention: Pick<Retention, "messages">;
  /** `onTaken`: it is this gateway's from now on; not called by one that stands by. */
  offer(id: SlotId, label: string, onTaken: () => void): void;
  receive(envelope: Envelope): void;
  retain(event: RetentionEvent): void;
  orchestrate(event: OrchestratorEvent): void;
  restartOrchestrator?(): void;
  tick(): void;
  /** Stands still, and goes on as if nothing had happened. */
  pause?(): void;
  resume?(): void;
  /** Without a word; returns the labels of what it had taken over and is lost with it. */
  crash(): readonly string[];
  /** With an end: `done` when the next one may be started. */
  close?(done: () => void): void;
}
