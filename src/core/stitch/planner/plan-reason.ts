import type { Millis } from "../../ports.ts";
import type { SessionId } from "../../units.ts";

export interface ReasonParts {
  readonly from: string;
  readonly peak: number;
  readonly inMs: Millis;
  readonly sessionId: SessionId;
  /** What the session adds to the host's utilisation. */
  readonly adds: number;
  readonly verb: "moved" | "mirrored";
  readonly slots: number;
  readonly ofSlots: number;
  readonly to: string;
  /** The destination's peak with all that it gets in this step; undefined: its capacity is not known. */
  readonly toPeak: number | undefined;
}

const MAX_ID = 40;

/** A session id for people: on one line, bounded. It came from a device. */
export function shortId(id: SessionId): string {
  const line = id.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "·");
  return line.length > MAX_ID ? `${line.slice(0, MAX_ID)}…` : line;
}

/** "host-1 peak 0.93 at +15 s, cam-7 adds 0.21, moved 4/8 slots to host-2 0.61". */
export function reasonText(parts: ReasonParts): string {
  const { from, peak, inMs, sessionId, adds, verb, slots, ofSlots, to, toPeak } = parts;
  const seconds = Math.round(inMs / 100) / 10;
  const target = toPeak === undefined ? `${to} (capacity unknown)` : `${to} ${toPeak.toFixed(2)}`;
  const moved = `${verb} ${slots}/${ofSlots} ${ofSlots === 1 ? "slot" : "slots"} to ${target}`;
  return `${from} peak ${peak.toFixed(2)} at +${seconds} s, ${shortId(sessionId)} adds ${adds.toFixed(2)}, ${moved}`;
}
