/**
 * A context store for Node-RED's settings.js, shared by all Node-REDs that name the same store:
 *
 *     contextStorage: { sessions: { module: require("@iot-stitch/node-red-session-stitching/store") } }
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStores } from "../store/open-stores.ts";
import { openStore } from "../store/session-store.ts";
import { type ContextConfig, readContextSettings } from "./context-settings.ts";
import { ContextStore } from "./context-store.ts";
import { warn } from "./runtime-log.ts";

export type { AckLevel, AtomicContext } from "./atomic-updates.ts";
export type { ContextConfig } from "./context-settings.ts";
export type { ContextStore } from "./context-store.ts";

/** What Node-RED calls, without `new`, for each store that names this module. */
export function createStore(config?: ContextConfig): ContextStore {
  const { store: named, place: asked, isTemporary, ...settings } = readContextSettings(config);
  const temporary = isTemporary ? mkdtempSync(join(tmpdir(), "stitch-context-")) : undefined;
  const place = temporary === undefined ? asked : { ...asked, folder: temporary };
  const opened = openStore(named, place, {
    onHealth: (health) => store.healthChanged(health),
    onNotice: ({ code, message }) => {
      warn(message);
      if (code === "STORE_CORRUPT") store.restore();
    },
    onBadRecord: ({ message }) => warn(message),
  });
  const { driver } = opened;
  const store = new ContextStore({ ...settings, driver, warn });
  const isClosed = openStores.add(
    { ...opened, figures: () => ({ ...opened.figures(), pendingWrites: store.pending }) },
    "contextStorage",
  );
  const close = store.close.bind(store);
  store.close = async () => {
    isClosed();
    await close();
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  };
  return store;
}

// `require` of an ES module gives its namespace, unless it has this export.
export { createStore as "module.exports" };
