/**
 * A context store for Node-RED's settings.js, shared by all Node-REDs of a machine that name the same file:
 *
 *     contextStorage: { sessions: { module: require("@iot-stitch/node-red-session-stitching/store") } }
 */
import nodeRed from "@node-red/util";
import { SqliteDriver } from "../store/sqlite-driver.ts";
import { type ContextConfig, readContextSettings } from "./context-settings.ts";
import { ContextStore } from "./context-store.ts";

export type { AtomicContext } from "./atomic-updates.ts";
export type { ContextConfig } from "./context-settings.ts";
export type { ContextStore } from "./context-store.ts";

/** What Node-RED calls, without `new`, for each store that names this module. */
export function createStore(config?: ContextConfig): ContextStore {
  const { path, ...settings } = readContextSettings(config);
  const driver = new SqliteDriver({
    path,
    onHealth: (health) => store.healthChanged(health),
    onNotice: ({ code, message }) => {
      nodeRed.log.warn(message);
      if (code === "STORE_CORRUPT") store.restore();
    },
  });
  const store = new ContextStore({ ...settings, driver, warn: (text) => nodeRed.log.warn(text) });
  return store;
}

// `require` of an ES module gives its namespace, unless it has this export.
export { createStore as "module.exports" };
