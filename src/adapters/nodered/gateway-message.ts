import { DATA_KINDS, payloadKind } from "../../core/profile/payload-kind.ts";
import { payloadBytes } from "../../core/profile/payload-size.ts";
import type { SessionFacts } from "../../core/profile/session-facts.ts";
import { sessionIdOf } from "../../core/profile/session-id.ts";
import { MAX_SESSION_ID, MAX_SLOTS } from "../../core/record/envelope.ts";

/** Set by the profile node; anybody's `msg.session` may be there in its place (a host's has no `bytes`). */
function isFacts(value: unknown): value is SessionFacts {
  if (value === null || typeof value !== "object") return false;
  const { id, bytes, kind, pattern, slot, slots } = value as Partial<SessionFacts>;
  if (typeof id !== "string" || id === "" || id.length > MAX_SESSION_ID) return false;
  if (typeof bytes !== "number" || !(bytes >= 0 && bytes < Number.POSITIVE_INFINITY)) return false;
  if (typeof pattern !== "string" || !DATA_KINDS.includes(kind as SessionFacts["kind"])) return false;
  return isSlot(slot, slots);
}

function isSlot(slot: unknown, slots: unknown): boolean {
  if (!Number.isInteger(slot) || !Number.isInteger(slots)) return false;
  return Number(slot) >= 0 && Number(slot) < Number(slots) && Number(slots) <= MAX_SLOTS;
}

/**
 * What forecast, stitch and route know of a message: `msg.session` where a profile node was before, else what the
 * topic and the payload tell (one slot, pattern unknown), so that each node is useful alone.
 * Throws StitchError `BAD_SESSION_ID`.
 */
export function sessionFactsOf(msg: Readonly<Record<string, unknown>>): SessionFacts {
  const { session } = msg;
  if (isFacts(session)) return session;
  const { topic, payload } = msg;
  const id = sessionIdOf(topic, "msg.topic");
  return {
    id,
    bytes: payloadBytes(payload),
    kind: payloadKind(payload),
    pattern: "unknown",
    slot: 0,
    slots: 1,
  };
}
