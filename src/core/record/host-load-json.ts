import { quote, StitchError } from "../errors.ts";
import type { Capacity } from "../units.ts";
import type { HostLoad } from "./host-load.ts";

/** A heartbeat has a dozen short fields: longer text is not one. */
const MAX_LENGTH = 16_384;
const MAX_TEXT = 256;
/** As a pool's dialog takes them. */
const HOST_NAME = /^[\w.-]{1,64}$/;
const STATES: readonly unknown[] = ["up", "draining", "gone"] satisfies HostLoad["state"][];

type Fields = Readonly<Record<string, unknown>>;

const bad = (what: string, value: unknown): never => {
  throw new StitchError("BAD_HEARTBEAT", `heartbeat: ${what}, got ${quote(value)}`);
};

function objectIn(value: unknown, name: string): Fields {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return bad(`${name} must be an object`, value);
  return value as Fields;
}

function amount(fields: Fields, name: keyof HostLoad | keyof Capacity, unit: string): number {
  const value = fields[name];
  return typeof value === "number" && Number.isFinite(value) && value >= 0
    ? value
    : bad(`${name} must be a number >= 0 ${unit}`, value);
}

function text(fields: Fields, name: "incarnation" | "endpoint"): string {
  const value = fields[name];
  return typeof value === "string" && value !== "" && value.length <= MAX_TEXT
    ? value
    : bad(`${name} must be a text of 1..${MAX_TEXT} characters`, value);
}

function hostIn(value: unknown): string {
  return typeof value === "string" && HOST_NAME.test(value)
    ? value
    : bad("host must be 1 to 64 letters, digits, . _ or -", value);
}

function stateIn(value: unknown): HostLoad["state"] {
  return STATES.includes(value)
    ? (value as HostLoad["state"])
    : bad('state must be "up", "draining" or "gone"', value);
}

function capacityIn(value: unknown): Capacity {
  const fields = objectIn(value, "capacity");
  return {
    ...(fields["messagesPerSec"] !== undefined && {
      messagesPerSec: amount(fields, "messagesPerSec", "messages/s"),
    }),
    ...(fields["bytesPerSec"] !== undefined && { bytesPerSec: amount(fields, "bytesPerSec", "bytes/s") }),
  };
}

function parse(json: string): unknown {
  if (json.length > MAX_LENGTH) return bad(`must be at most ${MAX_LENGTH} characters`, json);
  try {
    return JSON.parse(json);
  } catch {
    return bad("must be JSON", json);
  }
}

/** Reads an untrusted heartbeat; unknown fields are left out. Throws StitchError `BAD_HEARTBEAT` that names the field. */
export function hostLoadFromJson(json: string): HostLoad {
  const fields = objectIn(parse(json), "it");
  return {
    host: hostIn(fields["host"]),
    incarnation: text(fields, "incarnation"),
    state: stateIn(fields["state"]),
    atMs: amount(fields, "atMs", "ms"),
    capacity: capacityIn(fields["capacity"]),
    ...(fields["serviceRatePerSec"] !== undefined && {
      serviceRatePerSec: amount(fields, "serviceRatePerSec", "messages/s"),
    }),
    pending: amount(fields, "pending", "messages"),
    loopDelayP99Ms: amount(fields, "loopDelayP99Ms", "ms"),
    cpu: amount(fields, "cpu", "cores"),
    memoryBytes: amount(fields, "memoryBytes", "bytes"),
    ownedSlots: amount(fields, "ownedSlots", "slots"),
    ...(fields["endpoint"] !== undefined && { endpoint: text(fields, "endpoint") }),
  };
}

export function hostLoadToJson(load: HostLoad): string {
  return JSON.stringify(load);
}
