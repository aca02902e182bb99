import type { EditorNodeProperties, EditorRED } from "node-red";
import { readStoreSettings, type StoreFields } from "../src/core/record/store-settings.ts";

declare const RED: EditorRED;

interface StoreProperties extends EditorNodeProperties, StoreFields {
  tls: string;
}

/** Only with the engine "mqtt" are these looked at. */
const MIRROR_FIELDS: readonly string[] = ["broker", "topic"] satisfies (keyof StoreFields)[];

/**
 * The runtime's own check of one field: true, or what is wrong. Two parameters: the editor takes the text that a
 * validator of one returns for "valid".
 */
const field =
  (name: keyof StoreFields) =>
  (value: string, _options: unknown): boolean | string => {
    try {
      readStoreSettings({ engine: MIRROR_FIELDS.includes(name) ? "mqtt" : "sqlite", [name]: value });
      return true;
    } catch (error) {
      return error instanceof Error ? error.message : false;
    }
  };

RED.nodes.registerType<StoreProperties, { user: string; password: string }>("session-store", {
  category: "config",
  defaults: {
    name: { value: "" },
    engine: { value: "sqlite", required: true, validate: field("engine") as (value: string) => boolean },
    path: {
      value: "session-store.sqlite",
      required: true,
      validate: field("path") as (value: string) => boolean,
    },
    broker: { value: "mqtt://127.0.0.1:1883", validate: field("broker") as (value: string) => boolean },
    topic: { value: "stitch/store", validate: field("topic") as (value: string) => boolean },
    tls: { type: "tls-config", value: "", required: false },
  },
  credentials: { user: { type: "text" }, password: { type: "password" } },
  label() {
    return this.name || this.path || "session store";
  },
  labelStyle() {
    return this.name ? "node_label_italic" : "";
  },
  oneditprepare() {
    const engine = $("#node-config-input-engine");
    const show = (): void => {
      $(".session-store-mirror").toggle(engine.val() === "mqtt");
    };
    engine.on("change", show);
    show();
  },
});
