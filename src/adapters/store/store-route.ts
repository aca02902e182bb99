import type { NodeAPI } from "node-red";
import type { OpenStores } from "./open-stores.ts";

export const STORES_PATH = "/session-stitching/stores";
export const STORES_PERMISSION = "session-stitching.read";

const served = new WeakSet<object>();

/** `GET /session-stitching/stores` of Node-RED's admin API, behind its permission; once for each admin server. */
export function serveStores(RED: NodeAPI, stores: OpenStores): void {
  const { httpAdmin } = RED;
  // Without an admin API (httpAdminRoot: false) there is nobody to look.
  if (typeof httpAdmin?.get !== "function" || served.has(httpAdmin)) return;
  served.add(httpAdmin);
  httpAdmin.get(STORES_PATH, RED.auth.needsPermission(STORES_PERMISSION), (_request, response) => {
    stores.report().then(
      (reports) => response.json({ stores: reports }),
      (error: unknown) => response.status(500).json({ message: String(error) }),
    );
  });
}
