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
  credsFile: "nats",
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

/** What a store gets that was saved before it had these fields: left empty, saving would make it wrong. */
const ADDED = {
  broker: "mqtt://127.0.0.1:1883",
  topic: "stitch/store",
  servers: "nats://127.0.0.1:4222",
  bucket: "stitch",
  replicas: "1",
} as const;

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
    broker: { value: ADDED.broker, validate: field("broker") as (value: string) => boolean },
    topic: { value: ADDED.topic, validate: field("topic") as (value: string) => boolean },
    servers: { value: ADDED.servers, validate: field("servers") as (value: string) => boolean },
    bucket: { value: ADDED.bucket, validate: field("bucket") as (value: string) => boolean },
    replicas: { value: ADDED.replicas, validate: field("replicas") as (value: string) => boolean },
    credsFile: { value: "", validate: field("credsFile") as (value: string) => boolean },
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
    for (const [name, value] of Object.entries(ADDED))
      if (this[name as keyof typeof ADDED] === undefined) $(`#node-config-input-${name}`).val(value);
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
