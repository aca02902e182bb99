import type { EditorNodeProperties, EditorRED } from "node-red";
import { readStoreSettings, type StoreFields } from "../src/core/record/store-settings.ts";

declare const RED: EditorRED;

interface StoreProperties extends EditorNodeProperties, StoreFields {}

/**
 * The runtime's own check of one field: true, or what is wrong. Two parameters: the editor takes the text that a
 * validator of one returns for "valid".
 */
const field =
  (name: keyof StoreFields) =>
  (value: string, _options: unknown): boolean | string => {
    try {
      readStoreSettings({ [name]: value });
      return true;
    } catch (error) {
      return error instanceof Error ? error.message : false;
    }
  };

RED.nodes.registerType<StoreProperties>("session-store", {
  category: "config",
  defaults: {
    name: { value: "" },
    engine: { value: "sqlite", required: true, validate: field("engine") as (value: string) => boolean },
    path: {
      value: "session-store.sqlite",
      required: true,
      validate: field("path") as (value: string) => boolean,
    },
  },
  label() {
    return this.name || this.path || "session store";
  },
  labelStyle() {
    return this.name ? "node_label_italic" : "";
  },
});
