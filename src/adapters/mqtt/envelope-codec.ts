import {
  Decoder,
  decodeTimestampExtension,
  Encoder,
  EXT_TIMESTAMP,
  ExtensionCodec,
  encodeTimestampExtension,
} from "@msgpack/msgpack";
import { quote, StitchError } from "../../core/errors.ts";
import { type Envelope, fromWire, toWire } from "../../core/record/envelope.ts";
import { endOfValue } from "./wire-scan.ts";

/** An invalid Date: as a timestamp it would come out as 1970. */
const EXT_INVALID_DATE = 1;
const isInvalid = (value: unknown): boolean => value instanceof Date && Number.isNaN(value.getTime());

const extensionCodec: ExtensionCodec = new ExtensionCodec();
extensionCodec.register({
  type: EXT_TIMESTAMP,
  encode: (value) => (isInvalid(value) ? null : encodeTimestampExtension(value)),
  decode: decodeTimestampExtension,
});
extensionCodec.register({
  type: EXT_INVALID_DATE,
  encode: (value) => (isInvalid(value) ? new Uint8Array(0) : null),
  decode: () => new Date(Number.NaN),
});

/** As deep as plain data may be, and the envelope around it. */
const encoder = new Encoder({ extensionCodec, maxDepth: 80, ignoreUndefined: true });
const decoder = new Decoder({ extensionCodec });

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * An envelope in MessagePack. The bytes are the encoder's own and stand until the next call: copy them.
 * Throws StitchError `BAD_VALUE` for a payload that is not plain data.
 */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  try {
    return encoder.encodeSharedRef(toWire(envelope));
  } catch (cause) {
    const { sessionId, seq } = envelope;
    const which = `message ${seq} of session ${quote(sessionId)}`;
    throw new StitchError("BAD_VALUE", `${which} can't be sent: ${messageOf(cause)}`, { cause });
  }
}

/** Decoded from a Buffer: so its binary values are Buffers too, and share its memory. */
function decodeOne(bytes: Buffer): Envelope {
  let value: unknown;
  try {
    value = decoder.decode(bytes);
  } catch (cause) {
    throw new StitchError("BAD_ENVELOPE", `envelope: ${messageOf(cause)}`, { cause });
  }
  return fromWire(value);
}

/**
 * Reads what an untrusted peer sent: envelopes one after the other (one is the plain case). Calls `take` for each
 * that can be read and `refuse` for each that can't; bytes that are no MessagePack end it, where the next begins is not known.
 */
export function decodeEnvelopes(
  payload: Buffer,
  take: (envelope: Envelope) => void,
  refuse: (error: Error) => void,
): void {
  if (payload.length === 0) refuse(new StitchError("BAD_ENVELOPE", "envelope: it is empty"));
  for (let start = 0; start < payload.length; ) {
    let end: number;
    try {
      end = endOfValue(payload, start);
    } catch (cause) {
      const where = `byte ${start} of ${payload.length}`;
      refuse(
        new StitchError("BAD_ENVELOPE", `envelope: no MessagePack from ${where}: ${messageOf(cause)}`, {
          cause,
        }),
      );
      return;
    }
    let envelope: Envelope | undefined;
    try {
      envelope = decodeOne(payload.subarray(start, end));
    } catch (error) {
      refuse(error as Error);
    }
    if (envelope) take(envelope);
    start = end;
  }
}
