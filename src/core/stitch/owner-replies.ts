import type { Millis } from "../ports.ts";
import { type Envelope, type EnvelopeMeta, KIND } from "../record/envelope.ts";
import type { SlotId } from "../record/slot-record.ts";
import type { Epoch, HostId, Seq } from "../units.ts";
import type { OwnershipCommand } from "./protocol.ts";

/** A missing seq is asked for again after so long, not once for every message that follows the gap. */
const ASK_AGAIN_MS = 250;

/** What an owner tells the route that sends it a slot's stream. */
export class OwnerReplies {
  /** Where they go: the route that sent last. */
  gateway: string | undefined;
  readonly #id: SlotId;
  readonly #epoch: Epoch;
  readonly #host: HostId;
  #toldFull: { readonly seq: Seq; readonly atMs: Millis } | undefined;
  #asked: { readonly seq: Seq; readonly atMs: Millis } | undefined;

  constructor(id: SlotId, epoch: Epoch, host: HostId) {
    this.#id = id;
    this.#epoch = epoch;
    this.#host = host;
  }

  acknowledge(committed: Seq, out: OwnershipCommand[]): void {
    this.#reply(KIND.ACK, committed, { host: this.#host }, out);
  }

  /** There is no room for `expected` and what follows: the route stops sending until it is asked. */
  full(expected: Seq, committed: Seq, nowMs: Millis, out: OwnershipCommand[]): void {
    if (this.#toldFull?.seq === expected && nowMs - this.#toldFull.atMs < ASK_AGAIN_MS) return;
    this.#toldFull = { seq: expected, atMs: nowMs };
    // To be asked for, however lately it was.
    this.#asked = undefined;
    this.#reply(KIND.NACK, committed, { host: this.#host, reason: "full", expected }, out);
  }

  askFor(expected: Seq, committed: Seq, nowMs: Millis, out: OwnershipCommand[]): void {
    if (this.#asked?.seq === expected && nowMs - this.#asked.atMs < ASK_AGAIN_MS) return;
    this.#asked = { seq: expected, atMs: nowMs };
    this.#reply(KIND.NACK, committed, { host: this.#host, reason: "gap", expected }, out);
  }

  #reply(kind: Envelope["kind"], seq: Seq, meta: EnvelopeMeta, out: OwnershipCommand[]): void {
    if (this.gateway === undefined) return;
    const { sessionId, slot } = this.#id;
    const envelope = { kind, sessionId, slot, epoch: this.#epoch, seq, meta, payload: undefined };
    out.push({ type: "reply", gateway: this.gateway, envelope });
  }
}
