import type { EditorNodeProperties, EditorRED } from "node-red";
import type { DeviceProfile } from "../src/core/profile/device-profile.ts";
import { DEVICE_PROFILES } from "../src/core/profile/device-profiles.ts";
import { ID_TYPES, type ProfileFields, readProfileSettings } from "../src/core/profile/profile-settings.ts";
import { ProfileList, type Renamed } from "./dialog/profile-list.ts";

declare const RED: EditorRED;

interface ProfileProperties extends EditorNodeProperties, ProfileFields {
  pool: string;
  /** What the editor knows, the types don't. */
  profiles: readonly DeviceProfile[];
}

/** The own profiles of the open dialog. */
let list: ProfileList | undefined;

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

/** The declared device may be one of the node's own. */
function deviceProfile(this: Partial<ProfileFields>, value: string, _options: unknown): true | string {
  const profiles = list?.profiles ?? this.profiles ?? [];
  return complaintOf({ profiles, deviceProfile: value });
}

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
    profiles: { value: [], validate: field("profiles") },
    deviceProfile: { value: "", validate: deviceProfile as unknown as Validator },
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
    const devices = $("#node-input-deviceProfile");
    const [first] = Array.from(devices.find("option"));
    const offer = (own: readonly DeviceProfile[], renamed?: Renamed): void => {
      let chosen = String(devices.val() ?? this.deviceProfile);
      if (renamed && chosen === renamed.from && chosen !== "") chosen = renamed.to;
      const known = [...own, ...DEVICE_PROFILES];
      // What was removed stays chosen, and is complained about, until another one is.
      const gone =
        chosen === "" || known.some(({ name }) => name === chosen) ? [] : [{ name: chosen, title: "" }];
      devices.empty().append(first as HTMLElement);
      for (const { name, title } of [...gone, ...known])
        $("<option>")
          .val(name)
          .text(title || name)
          .appendTo(devices);
      devices.val(chosen).trigger("change");
    };
    list = new ProfileList((key) => this._(`session-profile.own.${key}`), offer);
    list.show(this.profiles);
  },
  oneditsave() {
    this.profiles = list?.profiles ?? [];
    list = undefined;
  },
  oneditcancel() {
    list = undefined;
  },
});
