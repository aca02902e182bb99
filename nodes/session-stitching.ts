import type { NodeAPI } from "node-red";
import { type AdminHandler, addAdminRoutes } from "../src/adapters/monitor/admin-routes.ts";
import { poolMonitorsOf } from "../src/adapters/monitor/pool-monitors.ts";

/** A plugin: the sidebar's routes and the metrics, under Node-RED's admin API. The sidebar itself is in its html. */
export default function register(RED: NodeAPI): void {
  // Without an admin API (httpAdminRoot: false) there is nobody to look.
  const { httpAdmin } = RED;
  if (typeof httpAdmin?.get !== "function") return;
  const behind = (permission: string) => RED.auth.needsPermission(permission);
  addAdminRoutes(
    {
      get: (path, permission, handler) => httpAdmin.get(path, behind(permission), handler as never),
      post: (path, permission, handler: AdminHandler) =>
        httpAdmin.post(path, behind(permission), handler as never),
    },
    poolMonitorsOf(RED.events),
  );
}
