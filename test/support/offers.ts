import assert from "node:assert/strict";
import { systemClock } from "../../src/adapters/clock.ts";
import type { Gateway, Offered } from "../../src/adapters/pool/gateway-pool.ts";
import { StitchError } from "../../src/core/errors.ts";
import type { SlotId } from "../../src/core/record/slot-record.ts";

export const CAM: SlotId = { sessionId: "cam-7", slot: 0 };
export const codeOf = (error: Error | undefined): string | undefined =>
  error instanceof StitchError ? error.code : undefined;

/** As stitch and route do per message. */
export function send(gateway: Gateway, id: SlotId, payload: unknown, bytes = 10): Error | undefined {
  const offered = offer(gateway, id, payload, bytes);
  assert.ok(!(offered instanceof Promise), "in memory it is known at once");
  return offered;
}

export function offer(
  gateway: Gateway,
  id: SlotId,
  payload: unknown,
  bytes = 10,
): Offered | Promise<Offered> {
  gateway.take(id, 1, bytes);
  return gateway.offer(id, { payload, bytes, atMs: systemClock.now() });
}

export const expected = (n: number): string[] => Array.from({ length: n }, (_, i) => `${i + 1}:${i + 1}`);
