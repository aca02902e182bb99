import type { EditorNodeProperties, EditorRED } from "node-red";
import { DEVICE_PROFILES } from "../src/core/profile/device-profiles.ts";
import { ID_TYPES, type ProfileFields, readProfileSettings } from "../src/core/profile/profile-settings.ts";

declare const RED: EditorRED;

interface ProfileProperties extends EditorNodeProperties, ProfileFields {
  pool: string;
}

type Validator = (value: string) => boolean;

/** The type that is chosen in the open dialog, else the saved one. */
function typeOf(name: "sessionIdType" | "slotKeyType", node: Partial<ProfileFields>): string | undefined {
  const shown = $(`#node-input-${name}`).val();
  return typeof shown === "string" && shown !== "" ? shown : node[name];
}

function complaintOf(fields: Partial<ProfileFields>): true | string {
  try {
    readProfileSettings(fields);
    return true;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * The runtime's own check of one field: true, or what is wrong. Two parameters: the editor takes the text that a
 * validator of one returns for "valid".
 */
const field = (name: keyof ProfileFields): Validator =>
  ((value: string, _options: unknown) => complaintOf({ [name]: value })) as unknown as Validator;

/** The same for a typedInput, and the editor's check of what is written for its type. */
function typed(name: "sessionId" | "slotKey"): Validator {
  const twin = `${name}Type` as const;
  const written = RED.validators.typedInput(twin) as (value: string, options: unknown) => unknown;
  return function (this: Partial<ProfileFields>, value: string, options: unknown) {
    const type = typeOf(twin, this) ?? "none";
    const complaint = complaintOf({ [name]: value, [twin]: type });
    return complaint === true && type !== "none" ? written.call(this, value, options) : complaint;
  } as unknown as Validator;
}

RED.nodes.registerType<ProfileProperties>("session-profile", {
  category: "session stitching",
  color: "#C7B8E0",
  icon: "session-profile.svg",
  paletteLabel: "profile",
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: "" },
    pool: { value: "", type: "session-pool", required: false },
    sessionId: { value: "topic", validate: typed("sessionId") },
    sessionIdType: { value: "msg" },
    slotKey: { value: "", validate: typed("slotKey") },
    slotKeyType: { value: "none" },
    slots: { value: "16", validate: field("slots") },
    deviceProfile: { value: "", validate: field("deviceProfile") },
    windowMs: { value: "60000", validate: field("windowMs") },
  },
  label() {
    return this.name || "profile";
  },
  labelStyle() {
    return this.name ? "node_label_italic" : "";
  },
  inputLabels() {
    return this._("session-profile.input");
  },
  outputLabels(index) {
    return this._(index === 0 ? "session-profile.output.message" : "session-profile.output.change");
  },
  oneditprepare() {
    const types = [...ID_TYPES] as "msg"[];
    const none = { value: "none", label: this._("session-profile.slotKey.none"), hasValue: false };
    $("#node-input-sessionId").typedInput({ default: "msg", types, typeField: "#node-input-sessionIdType" });
    const key = $("#node-input-slotKey");
    key.typedInput({ default: "none", types: [none, ...types], typeField: "#node-input-slotKeyType" });
    const show = (): void => {
      $(".session-profile-key").toggle(key.typedInput("type") !== "none");
    };
    key.on("change", show);
    show();
    const profiles = $("#node-input-deviceProfile");
    for (const { name, title } of DEVICE_PROFILES) $("<option>").val(name).text(title).appendTo(profiles);
    profiles.val(this.deviceProfile);
  },
});
