import type { EditorNodeProperties, EditorRED } from "node-red";

declare const RED: EditorRED;

interface StitchProperties extends EditorNodeProperties {
  pool: string;
}

RED.nodes.registerType<StitchProperties>("session-stitch", {
  category: "session stitching",
  color: "#C7B8E0",
  icon: "session-stitch.svg",
  paletteLabel: "stitch",
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: "" },
    pool: { value: "", type: "session-pool", required: true },
  },
  label() {
    return this.name || "stitch";
  },
  labelStyle() {
    return this.name ? "node_label_italic" : "";
  },
  inputLabels() {
    return this._("session-stitch.input");
  },
  outputLabels(index) {
    return this._(index === 0 ? "session-stitch.output.message" : "session-stitch.output.event");
  },
});
