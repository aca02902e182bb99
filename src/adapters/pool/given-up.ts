import { StitchError } from "../../core/errors.ts";
import type { Message, UndeliverableMark } from "./delivery.ts";
import type { StitchMark, Undeliverable } from "./gateway-pool.ts";

/** Why no host got the message. */
export function markOf(error: Error, stitch: unknown): UndeliverableMark {
  const code = error instanceof StitchError ? { code: error.code } : undefined;
  const owner = stitch !== null && typeof stitch === "object" ? (stitch as StitchMark).owner : undefined;
  return { reason: error.message, ...code, ...(typeof owner === "string" ? { host: owner } : undefined) };
}

/** A message that was taken over long ago, put together again. */
export function givenUp({ id, message, error }: Undeliverable): Message {
  const { topic, payload, props } = message;
  const session = { id: id.sessionId, slot: id.slot };
  return {
    ...props,
    ...(topic === undefined ? undefined : { topic }),
    payload,
    session,
    undeliverable: markOf(error, undefined),
  };
}
