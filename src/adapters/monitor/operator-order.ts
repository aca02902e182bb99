import { quote, StitchError } from "../../core/errors.ts";
import type { HostId, SessionId } from "../../core/units.ts";
import type { Decision, OperatorAction } from "./views.ts";

/** What a person asks of a gateway. */
export type OperatorOrder =
  | { readonly action: "drain"; readonly host: HostId; readonly on: boolean }
  /** Without a host the planner decides again. */
  | { readonly action: "pin"; readonly sessionId: SessionId; readonly host?: HostId }
  | { readonly action: "pause" | "dry-run"; readonly on: boolean };

const MAX_TEXT = 1024;

type Fields = Readonly<Record<string, unknown>>;

function flag({ on }: Fields): boolean {
  if (typeof on === "boolean") return on;
  throw new StitchError("BAD_VALUE", `on must be true or false, got ${quote(on)}`);
}

function text(fields: Fields, name: "host" | "sessionId"): string {
  const value = fields[name];
  if (typeof value === "string" && value !== "" && value.length <= MAX_TEXT) return value;
  throw new StitchError(
    "BAD_VALUE",
    `${name} must be a text of 1 to ${MAX_TEXT} characters, got ${quote(value)}`,
  );
}

/** From the body of a request. Throws StitchError `BAD_VALUE` that names the field. */
export function readOrder(action: OperatorAction, body: unknown): OperatorOrder {
  if (body === null || typeof body !== "object" || Array.isArray(body))
    throw new StitchError("BAD_VALUE", `the request must be a JSON object, got ${quote(body)}`);
  const fields = body as Fields;
  if (action === "drain") return { action, host: text(fields, "host"), on: flag(fields) };
  if (action !== "pin") return { action, on: flag(fields) };
  const sessionId = text(fields, "sessionId");
  const isUnpinned = fields["host"] === undefined || fields["host"] === null;
  return { action, sessionId, ...(isUnpinned ? undefined : { host: text(fields, "host") }) };
}

/** As the log of decisions shows it; who asked is in Node-RED's audit log. */
export function orderDecision(order: OperatorOrder): Omit<Decision, "n" | "atMs"> {
  const kind = order.action;
  if (order.action === "drain")
    return {
      kind,
      to: order.host,
      reason: order.on ? `drain ${order.host}` : `no longer drain ${order.host}`,
    };
  if (order.action === "pin") {
    const { sessionId, host } = order;
    return host === undefined
      ? { kind, sessionId, reason: "no longer pinned" }
      : { kind, sessionId, to: host, reason: `pin to ${host}` };
  }
  const what = order.action === "pause" ? "pause of the planner" : "dry run";
  return { kind, reason: `${what} ${order.on ? "on" : "off"}` };
}
