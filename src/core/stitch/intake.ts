import { StitchError } from "../errors.ts";
import type { Millis } from "../ports.ts";
import type { Envelope } from "../record/envelope.ts";
import type { OwnershipCommand } from "./protocol.ts";
import { sizeOf } from "./size-of.ts";

/** What a message takes besides its payload and properties: the envelope, its texts, its place in a queue. */
const ENVELOPE_BYTES = 512;
/** One slot's share at most, so that a flow that hangs on one session does not keep all others waiting. */
const SLOT_SHARE = 1 / 8;
/** Below this share of the bound there is room again. */
const ROOM = 3 / 4;
const SAY_AGAIN_MS: Millis = 60_000;

/** Bytes an envelope counts with while it waits for the flow, or is in its hands. */
export const envelopeBytes = ({ payload, meta }: Envelope): number =>
  ENVELOPE_BYTES + sizeOf(payload) + (meta.props === undefined ? 0 : sizeOf(meta.props));

/**
 * Bound of all that a host has taken in and its flow has not handled yet. What does not fit is refused: its route
 * keeps it, stops sending, and is asked for it when there is room.
 */
export class Intake {
  readonly maxBytes: number;
  bytes = 0;
  /** Messages refused so far; the same one may be refused again. */
  refused = 0;
  #untold = 0;
  #saidAtMs: Millis = Number.NEGATIVE_INFINITY;

  constructor(maxBytes: number) {
    if (!(maxBytes > 0)) throw new RangeError(`intake must be > 0 bytes, got ${maxBytes}`);
    this.maxBytes = maxBytes;
  }

  /** There is room for what was refused. */
  get hasRoom(): boolean {
    return this.bytes <= this.maxBytes * ROOM;
  }

  slotHasRoom(ofSlot: number): boolean {
    return ofSlot <= this.maxBytes * SLOT_SHARE * ROOM;
  }

  /** false: no room. A message larger than the bound is taken where nothing else is. */
  take(bytes: number, ofSlot: number): boolean {
    const isAbove = this.bytes > 0 && this.bytes + bytes > this.maxBytes;
    const isShareAbove = ofSlot > 0 && ofSlot + bytes > this.maxBytes * SLOT_SHARE;
    if (isAbove || isShareAbove) {
      this.refused++;
      this.#untold++;
      return false;
    }
    this.bytes += bytes;
    return true;
  }

  free(bytes: number): void {
    this.bytes -= bytes;
  }

  /** Says what was refused since, once per minute. */
  complain(nowMs: Millis, out: OwnershipCommand[]): void {
    if (this.#untold === 0 || nowMs - this.#saidAtMs < SAY_AGAIN_MS) return;
    this.#saidAtMs = nowMs;
    const held = `${this.bytes} of ${this.maxBytes} bytes wait for it`;
    const text = `this host's flow is slower than what comes: ${held}, ${this.#untold} deliveries refused, which their route keeps`;
    this.#untold = 0;
    out.push({ type: "complain", error: new StitchError("BUFFER_FULL", text) });
  }
}
