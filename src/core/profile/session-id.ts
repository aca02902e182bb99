import { quote, StitchError } from "../errors.ts";
import { MAX_SESSION_ID } from "../record/envelope.ts";
import type { SessionId } from "../units.ts";

/**
 * The session id that an untrusted value stands for; finite numbers become their decimal text. `source` names the
 * value for people: "msg.topic". Throws StitchError `BAD_SESSION_ID`.
 */
export function sessionIdOf(value: unknown, source: string): SessionId {
  if (typeof value === "string" && value !== "" && value.length <= MAX_SESSION_ID) return value;
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  const wanted = `must be a text of 1 to ${MAX_SESSION_ID} characters, or a finite number`;
  throw new StitchError("BAD_SESSION_ID", `session id (${source}) ${wanted}, got ${quote(value)}`);
}
