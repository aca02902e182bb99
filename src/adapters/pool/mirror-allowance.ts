import type { Millis } from "../../core/ports.ts";
import type { OfferedMessage } from "../../core/stitch/protocol.ts";
import type { Bps } from "../../core/units.ts";
import type { GatewaySlot } from "./slot-table.ts";

/** A slot's minimal stream saves up for a message for so long, s; a larger one is never mirrored. */
export const MIRROR_SAVED_SEC = 60;

/** The slot's latest message, where its minimal stream may carry it by now; each is mirrored once. */
export function mirrorAllowance(
  slot: GatewaySlot | undefined,
  minimalRateBps: Bps,
  nowMs: Millis,
): OfferedMessage | undefined {
  if (!slot) return undefined;
  const elapsedSec = slot.mirroredAtMs === undefined ? MIRROR_SAVED_SEC : (nowMs - slot.mirroredAtMs) / 1000;
  slot.mirroredAtMs = nowMs;
  slot.mirrorBytes = Math.min(
    minimalRateBps * MIRROR_SAVED_SEC,
    slot.mirrorBytes + minimalRateBps * elapsedSec,
  );
  const { recent } = slot;
  if (!recent) return undefined;
  if (recent.bytes > slot.mirrorBytes) return undefined;
  slot.mirrorBytes -= recent.bytes;
  slot.recent = undefined;
  return recent;
}
