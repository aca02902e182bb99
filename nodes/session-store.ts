import type { Node, NodeAPI, NodeDef } from "node-red";
import { statusLine } from "../src/adapters/nodered/status.ts";
import { storeStatus } from "../src/adapters/nodered/store-status.ts";
import { openStores } from "../src/adapters/store/open-stores.ts";
import { type OwnedSessionStore, openStore, type SessionStore } from "../src/adapters/store/session-store.ts";
import { serveStores } from "../src/adapters/store/store-route.ts";
import type { StitchError } from "../src/core/errors.ts";
import type { StoreHealth } from "../src/core/record/store-driver.ts";
import { readStoreSettings, type StoreFields } from "../src/core/record/store-settings.ts";

interface StoreDef extends NodeDef, StoreFields {
  readonly tls?: string;
}
/** As the dialog's credentials name them. */
interface Login {
  user?: string;
  password?: string;
  key?: string;
}
/** A tls-config node adds its certificates to the options it is given. */
type TlsNode = Node & { addTLSOptions(options: object): object };

/** What other nodes find by `RED.nodes.getNode(id)`; `store` is undefined where the settings are wrong. */
export interface SessionStoreNode extends Node<Login> {
  store?: SessionStore;
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Config node: the store of session records that pools and nodes share; opened by whoever uses it first. */
export default function register(RED: NodeAPI): void {
  function StoreNode(this: SessionStoreNode, def: StoreDef): void {
    RED.nodes.createNode(this, def);
    const status = statusLine(this);
    let told = "";

    /** Once per change: a store that stays away is tried again and again. */
    const tell = (error: unknown): void => {
      const text = textOf(error);
      if (text !== told) this.error(text);
      told = text;
    };
    const onHealth = ({ state, reason }: StoreHealth): void => {
      status(storeStatus(state));
      if (state === "degraded") tell(reason ?? "the session store is not available");
      if (state !== "ready" || told === "") return;
      told = "";
      this.log("the session store is available again");
    };
    const onNotice = ({ code, message }: StitchError): void =>
      code === "STORE_CORRUPT" ? this.error(message) : this.warn(message);
    const open = (): OwnedSessionStore => {
      const tlsNode = def.tls ? (RED.nodes.getNode(def.tls) as TlsNode | null) : null;
      const tls = tlsNode?.addTLSOptions({});
      const place = { folder: RED.settings.userDir ?? ".", tls, ...this.credentials };
      return openStore(readStoreSettings(def), place, { onHealth, onNotice, onBadRecord: tell });
    };

    try {
      const store = open();
      this.store = store;
      const isClosed = openStores.add(store, this.name || this.id);
      this.on("close", (done: () => void) => {
        isClosed();
        store.close().catch(tell).finally(done);
      });
    } catch (error) {
      tell(error);
    }
  }
  serveStores(RED, openStores);
  RED.nodes.registerType<SessionStoreNode, StoreDef, object, Login>("session-store", StoreNode, {
    credentials: { user: { type: "text" }, password: { type: "password" }, key: { type: "password" } },
  });
}
