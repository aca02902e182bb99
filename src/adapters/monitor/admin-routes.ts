import { StitchError } from "../../core/errors.ts";
import { metricsText } from "./metrics.ts";
import { readOrder } from "./operator-order.ts";
import type { PoolMonitor } from "./pool-monitor.ts";
import type { PoolMonitors } from "./pool-monitors.ts";
import { readCount, readPageQuery } from "./request-query.ts";
import type { DecisionPage, OperatorAction, PoolHead } from "./views.ts";

export const ADMIN_PATH = "/session-stitching";
/** Looking, also of the metrics; each action has its own: `session-stitching.<action>`. */
export const READ_PERMISSION = "session-stitching.read";
export const ACTIONS: readonly OperatorAction[] = ["drain", "pin", "pause", "dry-run"];
const DECISIONS = 200;

/** The part of Express that is used here. */
export interface AdminRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}
export interface AdminResponse {
  status(code: number): AdminResponse;
  set(name: string, value: string): AdminResponse;
  json(value: unknown): unknown;
  send(text: string): unknown;
}
export type AdminHandler = (request: AdminRequest, response: AdminResponse) => unknown;

export interface AdminServer {
  get(path: string, permission: string, handler: AdminHandler): void;
  post(path: string, permission: string, handler: AdminHandler): void;
}

/** Routes under `/session-stitching` of Node-RED's admin API, each behind its permission. */
export function addAdminRoutes(server: AdminServer, monitors: PoolMonitors): void {
  const pool = `${ADMIN_PATH}/pools/:id`;
  const look = (path: string, answer: (monitor: PoolMonitor, request: AdminRequest) => unknown): void =>
    server.get(path, READ_PERMISSION, answering(monitors, answer));

  server.get(`${ADMIN_PATH}/pools`, READ_PERMISSION, (_request, response) => {
    const pools: PoolHead[] = Array.from(monitors.values(), ({ head }) => head);
    response.json({ pools });
  });
  look(pool, (monitor, { query }) => monitor.snapshot(readCount(query["since"], 0)));
  look(`${pool}/sessions`, (monitor, { query }) => monitor.page(readPageQuery(query)));
  look(`${pool}/session`, (monitor, { query }) => {
    const detail = monitor.detail(typeof query["session"] === "string" ? query["session"] : "");
    if (detail) return detail;
    throw new StitchError("UNKNOWN_SLOT", "the session has no open slot: its last message was long ago");
  });
  look(`${pool}/decisions`, (monitor, { query }): DecisionPage => {
    return { decisions: monitor.decisions(readCount(query["after"], 0), DECISIONS) };
  });
  for (const action of ACTIONS) {
    const permission = `session-stitching.${action}`;
    const order = answering(monitors, (monitor, { body }) => {
      monitor.order(readOrder(action, body));
      return { done: true };
    });
    server.post(`${pool}/${action}`, permission, order);
  }
  server.get(`${ADMIN_PATH}/metrics`, READ_PERMISSION, ({ headers }, response) => {
    const { accept } = headers;
    metricsText(monitors.values(), typeof accept === "string" ? accept : "").then(
      ({ text, contentType }) => response.set("Content-Type", contentType).send(text),
      (error: unknown) => response.status(500).json({ message: String(error) }),
    );
  });
}

/** JSON of what `answer` returns; 404 without the pool, 400 for what the asker can mend. */
function answering(
  monitors: PoolMonitors,
  answer: (monitor: PoolMonitor, request: AdminRequest) => unknown,
): AdminHandler {
  return (request, response) => {
    const monitor = monitors.get(request.params["id"] ?? "");
    if (!monitor) return response.status(404).json({ code: "NO_POOL", message: "no such pool is running" });
    try {
      return response.set("Cache-Control", "no-store").json(answer(monitor, request));
    } catch (error) {
      if (!(error instanceof StitchError)) throw error;
      const { code, message } = error;
      return response.status(code === "UNKNOWN_SLOT" ? 404 : 400).json({ code, message });
    }
  };
}
