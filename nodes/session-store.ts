import { resolve } from "node:path";
import type { Node, NodeAPI, NodeDef } from "node-red";
import {
  type OwnedSessionStore,
  type SessionStore,
  sqliteStore,
} from "../src/adapters/store/session-store.ts";
import type { StoreHealth } from "../src/core/record/store-driver.ts";
import { readStoreSettings, type StoreFields } from "../src/core/record/store-settings.ts";

interface StoreDef extends NodeDef, StoreFields {}

/** What other nodes find by `RED.nodes.getNode(id)`; undefined where the settings are wrong. */
export interface SessionStoreNode extends Node {
  store?: SessionStore;
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Config node: the store of session records that pools and nodes share; opened by whoever uses it first. */
export default function register(RED: NodeAPI): void {
  function StoreNode(this: SessionStoreNode, def: StoreDef): void {
    RED.nodes.createNode(this, def);
    let told = "";

    /** Once per change: a store that stays away is tried again and again. */
    const tell = (error: unknown): void => {
      const text = textOf(error);
      if (text !== told) this.error(text);
      told = text;
    };
    const onHealth = ({ state, reason }: StoreHealth): void => {
      if (state === "degraded") tell(reason ?? "the session store is not available");
      if (state !== "ready" || told === "") return;
      told = "";
      this.log("the session store is available again");
    };
    const open = (): OwnedSessionStore => {
      const { path } = readStoreSettings(def);
      const file = resolve(RED.settings.userDir ?? ".", path);
      return sqliteStore(file, {
        onHealth,
        onNotice: ({ code, message }) => {
          if (code === "STORE_CORRUPT") this.error(message);
          else this.warn(message);
        },
        onBadRecord: tell,
      });
    };

    try {
      const store = open();
      this.store = store;
      this.on("close", (done: () => void) => {
        store.close().then(done, (error: unknown) => {
          tell(error);
          done();
        });
      });
    } catch (error) {
      tell(error);
    }
  }
  RED.nodes.registerType("session-store", StoreNode);
}
