import type { EditorNodeProperties, EditorRED } from "node-red";
import { type ReceiveFields, readHostSettings } from "../src/core/stitch/host-settings.ts";

declare const RED: EditorRED;

interface ReceiveProperties extends EditorNodeProperties, ReceiveFields {
  pool: string;
}

/**
 * The runtime's own check of one field: true, or what is wrong. Two parameters: the editor takes the text that a
 * validator of one returns for "valid".
 */
const field =
  (name: keyof ReceiveFields) =>
  (value: string, _options: unknown): boolean | string => {
    try {
      readHostSettings({ [name]: value });
      return true;
    } catch (error) {
      return error instanceof Error ? error.message : false;
    }
  };

RED.nodes.registerType<ReceiveProperties>("session-receive", {
  category: "session stitching",
  color: "#C7B8E0",
  icon: "session-receive.svg",
  paletteLabel: "receive",
  inputs: 0,
  outputs: 2,
  defaults: {
    name: { value: "" },
    pool: { value: "", type: "session-pool", required: true },
    host: { value: "host-1", validate: field("host") as (value: string) => boolean },
    messagesPerSec: { value: "", validate: field("messagesPerSec") as (value: string) => boolean },
    bytesPerSec: { value: "", validate: field("bytesPerSec") as (value: string) => boolean },
    ack: { value: "commit", validate: field("ack") as (value: string) => boolean },
    commitTimeoutMs: { value: "10000", validate: field("commitTimeoutMs") as (value: string) => boolean },
  },
  label() {
    return this.name || `receive: ${this.host || "host-1"}`;
  },
  labelStyle() {
    return this.name ? "node_label_italic" : "";
  },
  outputLabels(index) {
    return this._(index === 0 ? "session-receive.output.message" : "session-receive.output.mirrored");
  },
  oneditprepare() {
    const ack = $("#node-input-ack");
    const show = (): void => {
      const isCommit = ack.val() !== "arrival";
      $("#session-receive-tip-commit, .session-receive-commit").toggle(isCommit);
      $("#session-receive-tip-arrival").toggle(!isCommit);
    };
    ack.on("change", show);
    show();
  },
});
