import { quote, StitchError } from "../errors.ts";
import type { Millis } from "../ports.ts";
import type { Capacity, HostId } from "../units.ts";

/** What a receive node asks its pool for. */
export interface HostSettings {
  readonly host: HostId;
  readonly capacity: Capacity;
  readonly ack: "commit" | "arrival";
  readonly commitTimeoutMs: Millis;
}

/** As a receive node's editor saves it: every field is a string. */
export interface ReceiveFields {
  readonly host: string;
  readonly messagesPerSec: string;
  readonly bytesPerSec: string;
  readonly ack: string;
  readonly commitTimeoutMs: string;
}

/** A host's name is one level of MQTT topics. */
const HOST_NAME = /^[\w.-]{1,64}$/;
/** Node-RED leaves `${NAME}` as it is where the environment variable isn't set. */
const UNSET = /^(\$\{\S+\})?$/;
const DEFAULT_HOST = "host-1";

const bad = (what: string, value: unknown): never => {
  throw new StitchError("BAD_CONFIG", `${what}, got ${quote(value)}`);
};

/** Empty, or a variable that isn't set. */
export const isUnset = (value: unknown): boolean =>
  value === undefined || (typeof value === "string" && UNSET.test(value));

/** NaN for what is no number, also for what can't be turned into one. */
export const numberOf = (value: unknown): number =>
  typeof value === "string" || typeof value === "number" ? Number(value) : Number.NaN;

/** `name`: what the message calls it. */
export function hostName(value: unknown, name = "host"): HostId {
  const isName = typeof value === "string" && HOST_NAME.test(value);
  return isName ? value : bad(`${name} must be 1 to 64 letters, digits, . _ or -`, value);
}

/** undefined: no limit is declared. */
function rate(value: unknown, name: string): number | undefined {
  if (isUnset(value)) return undefined;
  const number = numberOf(value);
  return number > 0 && Number.isFinite(number)
    ? number
    : bad(`${name} must be a number > 0, or empty`, value);
}

/** `of`: whose capacity it is, for the message. */
export function capacityOf(
  fields: Partial<Pick<ReceiveFields, "messagesPerSec" | "bytesPerSec">>,
  of = "",
): Capacity {
  const messagesPerSec = rate(fields.messagesPerSec, `${of}messages per second`);
  const bytesPerSec = rate(fields.bytesPerSec, `${of}bytes per second`);
  return {
    ...(messagesPerSec === undefined ? undefined : { messagesPerSec }),
    ...(bytesPerSec === undefined ? undefined : { bytesPerSec }),
  };
}

/** Shared by the runtime and the dialog. Throws StitchError `BAD_CONFIG` that names the field. */
export function readHostSettings(fields: Partial<ReceiveFields>): HostSettings {
  const { ack = "commit", commitTimeoutMs = "10000" } = fields;
  const host = isUnset(fields.host) ? DEFAULT_HOST : hostName(fields.host);
  if (ack !== "commit" && ack !== "arrival") return bad('ack must be "commit" or "arrival"', ack);
  const timeoutMs = numberOf(commitTimeoutMs);
  if (!(timeoutMs >= 100 && timeoutMs <= 3_600_000))
    bad("commit time-out must be 100 to 3600000 ms", commitTimeoutMs);
  return { host, ack, commitTimeoutMs: timeoutMs, capacity: capacityOf(fields) };
}

/** Bound of a slot's outbox, bytes. Throws StitchError `BAD_CONFIG`. */
export function readOutboxBytes(value: unknown = "1048576"): number {
  const bytes = numberOf(value);
  return bytes >= 1024 && Number.isFinite(bytes)
    ? bytes
    : bad("outbox must be a number of bytes >= 1024", value);
}
