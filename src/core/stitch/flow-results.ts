import type { Envelope } from "../record/envelope.ts";
import type { OutboxEntry } from "../record/slot-record.ts";
import type { Seq } from "../units.ts";
import { Outbox } from "./outbox.ts";

/** What a slot's flow has handed over and the store does not hold yet: the next write takes all of it. */
export class FlowResults {
  /** Last message the flow handed to commit. */
  processed: Seq;
  state: unknown;
  /** That message, until it is committed: for a report. */
  latest: Envelope | undefined;
  readonly #group = new Outbox();

  constructor(seq: Seq, state: unknown) {
    this.processed = seq;
    this.state = state;
  }

  /** Of the outputs. */
  get bytes(): number {
    return this.#group.bytes;
  }

  emits(entries: readonly OutboxEntry[]): void {
    this.#group.add(entries);
  }

  done(envelope: Envelope): void {
    this.latest = envelope;
    this.processed = envelope.seq;
  }

  /** The outputs that a write is to commit. */
  takeGroup(): { readonly group: readonly OutboxEntry[]; readonly bytes: number } {
    const taken = { group: this.#group.entries(), bytes: this.#group.bytes };
    this.#group.clear();
    return taken;
  }

  committed(seq: Seq): void {
    if (this.processed === seq) this.latest = undefined;
  }

  /** Back to a state that is stored, after message `seq`. */
  rollBack(seq: Seq, state: unknown): void {
    this.#group.clear();
    this.state = state;
    this.processed = seq;
  }
}
