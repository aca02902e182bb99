import { quote, StitchError } from "../errors.ts";
import type { Millis } from "../ports.ts";
import { MAX_SLOTS } from "../record/envelope.ts";
import type { DeviceProfile } from "./device-profile.ts";
import { findDeviceProfile } from "./device-profiles.ts";
import { readDeviceProfiles } from "./own-profiles.ts";

/** A typedInput's text and type. */
export interface TypedField {
  readonly value: string;
  readonly type: string;
}

/** What a profile node does, checked. */
export interface ProfileSettings {
  readonly sessionId: TypedField;
  /** undefined: one slot per session. */
  readonly slotKey: TypedField | undefined;
  /** K; 1 without a key. */
  readonly slots: number;
  /** Declared for every session of the node; undefined: the library's rules decide. */
  readonly deviceProfile: DeviceProfile | undefined;
  /** The user's own, looked at before the library. */
  readonly ownProfiles: readonly DeviceProfile[];
  readonly windowMs: Millis;
}

/** As a profile node's editor saves it: every field but the profiles is a string. */
export interface ProfileFields {
  readonly sessionId: string;
  readonly sessionIdType: string;
  readonly slotKey: string;
  readonly slotKeyType: string;
  readonly slots: string;
  readonly deviceProfile: string;
  readonly profiles: readonly DeviceProfile[];
  readonly windowMs: string;
}

/** Node-RED's typedInput types that may hold an id or a key. */
export const ID_TYPES: readonly string[] = ["msg", "flow", "global", "str", "env", "jsonata"];
const NO_KEY = "none";
const MIN_WINDOW_MS = 1_000;
const MAX_WINDOW_MS = 3_600_000;

const bad = (what: string, value: unknown): never => {
  throw new StitchError("BAD_CONFIG", `${what}, got ${quote(value)}`);
};

/** NaN for what is no number: also "", which Number takes for 0. */
function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
}

function typedField(name: string, value: unknown, type: unknown): TypedField {
  if (typeof type !== "string" || !ID_TYPES.includes(type))
    return bad(`${name}'s type must be one of ${ID_TYPES.join(", ")}`, type);
  if (typeof value !== "string" || value.trim() === "") return bad(`${name} must not be empty`, value);
  return { value: value.trim(), type };
}

function slotCount(value: unknown): number {
  const slots = numberOf(value);
  return Number.isInteger(slots) && slots >= 1 && slots <= MAX_SLOTS
    ? slots
    : bad(`slots must be a whole number from 1 to ${MAX_SLOTS}`, value);
}

function profileOf(name: unknown, own: readonly DeviceProfile[]): DeviceProfile | undefined {
  if (name === "") return undefined;
  const found =
    own.find((profile) => profile.name === name) ??
    (typeof name === "string" ? findDeviceProfile(name) : undefined);
  return (
    found ?? bad("device profile must be the name of an own one or of one in the library, or empty", name)
  );
}

/** Shared by the runtime and the dialog. Throws StitchError `BAD_CONFIG` that names the field. */
export function readProfileSettings(fields: Partial<ProfileFields>): ProfileSettings {
  const { sessionId = "topic", sessionIdType = "msg", slotKey = "", slotKeyType = NO_KEY } = fields;
  const { slots = "16", deviceProfile = "", windowMs = "60000" } = fields;
  const ownProfiles = readDeviceProfiles(fields.profiles ?? []);
  const hasKey = slotKeyType !== NO_KEY;
  const count = slotCount(slots);
  const window = numberOf(windowMs);
  if (!(window >= MIN_WINDOW_MS && window <= MAX_WINDOW_MS))
    bad(`window must be ${MIN_WINDOW_MS} to ${MAX_WINDOW_MS} ms`, windowMs);
  return {
    sessionId: typedField("session id", sessionId, sessionIdType),
    slotKey: hasKey ? typedField("slot key", slotKey, slotKeyType) : undefined,
    slots: hasKey ? count : 1,
    deviceProfile: profileOf(deviceProfile, ownProfiles),
    ownProfiles,
    windowMs: window,
  };
}
