import { quote, StitchError } from "../../core/errors.ts";
import type { Capacity } from "../../core/units.ts";
import type { HostSettings } from "./host-pool.ts";

/** As a receive node's editor saves it: every field is a string. */
export interface ReceiveConfig {
  readonly host: string;
  readonly messagesPerSec: string;
  readonly bytesPerSec: string;
  readonly ack: string;
  readonly commitTimeoutMs: string;
}

/** A host's name is a level of MQTT topics. */
const HOST_NAME = /^[\w.-]{1,64}$/;

const bad = (what: string, value: unknown): never => {
  throw new StitchError("BAD_CONFIG", `${what}, got ${quote(value)}`);
};

/** "" = none. */
function rate(value: unknown, name: string): number | undefined {
  if (value === undefined || value === "") return undefined;
  const number = Number(value);
  return number > 0 && Number.isFinite(number)
    ? number
    : bad(`${name} must be a number > 0, or empty`, value);
}

function capacityOf(config: Partial<ReceiveConfig>): Capacity {
  const messagesPerSec = rate(config.messagesPerSec, "messages per second");
  const bytesPerSec = rate(config.bytesPerSec, "bytes per second");
  return {
    ...(messagesPerSec === undefined ? undefined : { messagesPerSec }),
    ...(bytesPerSec === undefined ? undefined : { bytesPerSec }),
  };
}

/** Shared by the runtime and the dialog. Throws StitchError `BAD_CONFIG` that names the field. */
export function readHostSettings(config: Partial<ReceiveConfig>): HostSettings {
  const { host = "host-1", ack = "commit", commitTimeoutMs = "10000" } = config;
  if (!HOST_NAME.test(host)) bad("host must be 1 to 64 letters, digits, . _ or -", host);
  if (ack !== "commit" && ack !== "arrival") return bad('ack must be "commit" or "arrival"', ack);
  const timeoutMs = Number(commitTimeoutMs);
  if (!(timeoutMs >= 100 && timeoutMs <= 3_600_000))
    bad("commit timeout must be 100 to 3600000 ms", commitTimeoutMs);
  return { host, ack, commitTimeoutMs: timeoutMs, capacity: capacityOf(config) };
}

/** Bound of a slot's outbox, bytes. */
export function readOutboxBytes(value: unknown = "1048576"): number {
  const bytes = Number(value);
  return bytes >= 1024 && Number.isFinite(bytes)
    ? bytes
    : bad("outbox must be a number of bytes >= 1024", value);
}
