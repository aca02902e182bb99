import { quote, StitchError } from "../errors.ts";
import type { Envelope } from "../record/envelope.ts";
import type { SlotId } from "../record/slot-record.ts";
import type { Epoch, Seq } from "../units.ts";
import type { OwnershipCommand } from "./protocol.ts";

/** Tells the flow author that a message had no effect; with the message, because nobody else has it any more. */
export function passedOver(
  { id, epoch }: { readonly id: SlotId; readonly epoch: Epoch },
  seq: Seq,
  envelope: Envelope | undefined,
  cause: Error,
): OwnershipCommand {
  const code = cause instanceof StitchError ? cause.code : "BAD_VALUE";
  const of = `session ${quote(id.sessionId)}, slot ${id.slot}`;
  const text = `${of}: message ${seq} passed over without output: ${cause.message}`;
  return { type: "report", id, epoch, seq, envelope, error: new StitchError(code, text, { cause }) };
}
