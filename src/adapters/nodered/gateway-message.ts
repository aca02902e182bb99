import { quote, StitchError } from "../../core/errors.ts";
import type { SessionFacts } from "../../core/profile/session-facts.ts";

/** Stands in until the profile node's own is merged. */
export function sessionFactsOf(msg: Readonly<Record<string, unknown>>): SessionFacts {
  const session = msg["session"] as SessionFacts | undefined;
  if (session && typeof session.id === "string" && session.bytes >= 0) return session;
  const { topic, payload } = msg;
  if (typeof topic !== "string" || topic === "")
    throw new StitchError("BAD_SESSION_ID", `msg.topic must name the session, got ${quote(topic)}`);
  const isSized = typeof payload === "string" || Buffer.isBuffer(payload);
  const bytes = isSized ? payload.length : JSON.stringify(payload ?? null).length;
  return { id: topic, bytes, kind: "json", pattern: "unknown", slot: 0, slots: 1 };
}
