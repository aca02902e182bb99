import type { EditorNodeProperties, EditorRED } from "node-red";
import { readStoreSettings, type StoreFields } from "../src/core/record/store-settings.ts";

declare const RED: EditorRED;

interface StoreProperties extends EditorNodeProperties, StoreFields {
  tls: string;
}

/** Only with its engine is a field looked at. */
const ENGINES: Readonly<Partial<Record<keyof StoreFields, string>>> = {
  broker: "mqtt",
  topic: "mqtt",
  servers: "nats",
  bucket: "nats",
  replicas: "nats",
};

/**
 * The runtime's own check of one field: true, or what is wrong. Two parameters: the editor takes the text that a
 * validator of one returns for "valid".
 */
const field =
  (name: keyof StoreFields) =>
  (value: string, _options: unknown): boolean | string => {
    try {
      readStoreSettings({ engine: ENGINES[name] ?? "sqlite", [name]: value });
      return true;
    } catch (error) {
      return error instanceof Error ? error.message : false;
    }
  };

RED.nodes.registerType<StoreProperties, { user: string; password: string; key: string }>("session-store", {
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
    servers: { value: "nats://127.0.0.1:4222", validate: field("servers") as (value: string) => boolean },
    bucket: { value: "stitch", validate: field("bucket") as (value: string) => boolean },
    replicas: { value: "1", validate: field("replicas") as (value: string) => boolean },
    keyVariable: { value: "", validate: field("keyVariable") as (value: string) => boolean },
    tls: { type: "tls-config", value: "", required: false },
  },
  credentials: { user: { type: "text" }, password: { type: "password" }, key: { type: "password" } },
  label() {
    return this.name || this.path || "session store";
  },
  labelStyle() {
    return this.name ? "node_label_italic" : "";
  },
  oneditprepare() {
    const engine = $("#node-config-input-engine");
    const show = (): void => {
      const chosen = String(engine.val());
      $(".session-store-file").toggle(chosen !== "nats");
      $(".session-store-mirror").toggle(chosen === "mqtt");
      $(".session-store-cluster").toggle(chosen === "nats");
      $(".session-store-remote").toggle(chosen !== "sqlite");
    };
    engine.on("change", show);
    show();
  },
});
