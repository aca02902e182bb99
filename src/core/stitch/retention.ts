import type { Millis } from "../ports.ts";
import type { SlotId } from "../record/slot-record.ts";
import type { RetentionCommand, RetentionEvent } from "./protocol.ts";

export interface RetentionOptions {
  /** Id of this route, where ACK and NACK go; new with each start, so that an earlier start's replies miss. */
  readonly gateway: string;
  /** Bound of all retained messages together, bytes. */
  readonly maxBytes: number;
  /** Most unacknowledged messages on the way per slot; the rest waits here. */
  readonly windowMessages?: number;
  /** Without progress for so long, the unacknowledged are sent again. */
  readonly retransmitMs?: Millis;
}

/** R of DESIGN.md section 6: numbers each slot's messages and retains them until they are committed. */
export class Retention {
  constructor(_options: RetentionOptions) {}

  handle(_event: RetentionEvent, _nowMs: Millis): RetentionCommand[] {
    return [];
  }

  /** Bytes retained over all slots. */
  get bytes(): number {
    return 0;
  }

  /** Messages retained over all slots. */
  get messages(): number {
    return 0;
  }

  /** Messages of one slot that are not acknowledged. */
  retained(_id: SlotId): number {
    return 0;
  }
}
