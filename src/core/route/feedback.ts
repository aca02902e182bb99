import { quote, StitchError } from "../errors.ts";
import type { HostFeedback } from "./host-view.ts";

const bad = (what: string, value: unknown): never => {
  throw new StitchError("BAD_MESSAGE", `msg.feedback${what}, got ${quote(value)}`);
};

/** Own properties only: what a prototype brings is not the flow's. */
const own = (object: object, name: string): unknown =>
  Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined;

/**
 * `msg.feedback = { host, latencyMs, error }` of a wired flow: how one message fared at a host. `error` is anything
 * that is true, as a Catch node's `msg.error`. Throws StitchError `BAD_MESSAGE`.
 */
export function readFeedback(value: unknown): HostFeedback {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return bad(" must be { host, latencyMs, error }", value);
  const host = own(value, "host");
  const latencyMs = own(value, "latencyMs");
  if (typeof host !== "string" || host === "") return bad(".host must be a host's name", host);
  const failed = Boolean(own(value, "error"));
  if (latencyMs === undefined || latencyMs === null) return { host, failed };
  if (typeof latencyMs !== "number" || !(latencyMs >= 0 && latencyMs < Number.POSITIVE_INFINITY))
    return bad(".latencyMs must be a number of ms >= 0", latencyMs);
  return { host, latencyMs, failed };
}
