import { quote, StitchError } from "../errors.ts";
import type { Millis } from "../ports.ts";
import type { Envelope } from "../record/envelope.ts";
import type { OwnershipCommand } from "./protocol.ts";

/** Said once per so long, with the count of what came meanwhile: the route sends such messages again and again. */
const SAY_AGAIN_MS: Millis = 60_000;

/** Messages given back because the store never showed the epoch that they claim: nothing is lost, nothing goes on. */
export class UnclaimedMessages {
  #count = 0;
  #saidAtMs: Millis = Number.NEGATIVE_INFINITY;

  add(dropped: readonly Envelope[], known: number, nowMs: Millis, out: OwnershipCommand[]): void {
    this.#count += dropped.length;
    const [first] = dropped;
    if (!first || nowMs - this.#saidAtMs < SAY_AGAIN_MS) return;
    this.#saidAtMs = nowMs;
    const of = `session ${quote(first.sessionId)}, slot ${first.slot}`;
    const what = `epoch ${first.epoch} of ${of} does not show in this host's store, which knows epoch ${known}`;
    const check =
      "check that the session-store of both names the same file (on one machine), broker or cluster";
    const text = `${what}: host and gateway use different stores? ${check}. Deliveries refused so far: ${this.#count}`;
    out.push({ type: "complain", error: new StitchError("RECORD_MISSING", text) });
  }
}
