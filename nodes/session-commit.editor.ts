import type { EditorNodeProperties, EditorRED } from "node-red";
import { readOutboxBytes } from "../src/core/stitch/host-settings.ts";

declare const RED: EditorRED;

interface CommitProperties extends EditorNodeProperties {
  pool: string;
  outboxBytes: string;
}

/** Two parameters: the editor takes the text that a validator of one returns for "valid". */
const outboxBytes = (value: string, _options: unknown): boolean | string => {
  try {
    readOutboxBytes(value);
    return true;
  } catch (error) {
    return error instanceof Error ? error.message : false;
  }
};

/** A Complete node is wired to the node: what the runtime looks for, too. */
function isConfirmed(id: string): boolean {
  let found = false;
  RED.nodes.eachLink((link) => {
    const { source, target } = link as { source: { type: string }; target: { id: string } };
    found ||= source.type === "complete" && target.id === id;
    return !found;
  });
  return found;
}

RED.nodes.registerType<CommitProperties>("session-commit", {
  category: "session stitching",
  color: "#C7B8E0",
  icon: "session-commit.svg",
  paletteLabel: "commit",
  inputs: 1,
  outputs: 1,
  defaults: {
    name: { value: "" },
    pool: { value: "", type: "session-pool", required: true },
    outboxBytes: { value: "1048576", required: true, validate: outboxBytes as (value: string) => boolean },
  },
  label() {
    return this.name || "commit";
  },
  labelStyle() {
    return this.name ? "node_label_italic" : "";
  },
  inputLabels() {
    return this._("session-commit.input");
  },
  outputLabels() {
    return this._("session-commit.output");
  },
  oneditprepare() {
    const confirmed = isConfirmed(this.id);
    $("#session-commit-tip-confirmed").toggle(confirmed);
    $("#session-commit-tip-unconfirmed").toggle(!confirmed);
  },
});
