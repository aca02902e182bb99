import { quote, StitchError } from "../errors.ts";
import type { HostId } from "../units.ts";

/** "auto": by latency and weight, as suits the number of hosts and what is known of them. */
export type BalancePolicy = "auto" | "p2c" | "round-robin";

/** Where messages are kept until their host has committed them: "disk" survives a crash of the gateway. */
export type BufferKind = "memory" | "disk";

/** A route node's settings, checked. */
export interface RouteSettings {
  readonly delivery: "wire" | "mqtt";
  /** Host of each output, in order; none by MQTT. */
  readonly hosts: readonly HostId[];
  readonly balance: BalancePolicy;
  readonly buffer: BufferKind;
  /** Bound of all messages retained for delivery by MQTT. */
  readonly bufferBytes: number;
}

/** As a route node's editor saves it. */
export interface RouteFields {
  readonly delivery: string;
  readonly hosts: readonly string[];
  readonly balance: string;
  readonly buffer: string;
  readonly bufferBytes: string;
}

export const DEFAULT_HOSTS: readonly HostId[] = ["host-1", "host-2", "host-3"];
export const DEFAULT_BUFFER_BYTES = "16777216";
/** More outputs than that nobody can tell apart; MQTT has no such bound. */
const MAX_OUTPUTS = 64;
const MIN_BUFFER_BYTES = 65_536;
const MAX_BUFFER_BYTES = 2 ** 34;

/** As a receive node's host; or a `${NAME}` that Node-RED takes from the environment. */
const HOST_NAME = /^([\w.-]{1,64}|\$\{\S{1,64}\})$/;

const bad = (what: string, value: unknown): never => {
  throw new StitchError("BAD_CONFIG", `${what}, got ${quote(value)}`);
};

/** The host that an output is named after. Throws StitchError `BAD_CONFIG`. */
export function readHostName(value: unknown): HostId {
  const isName = typeof value === "string" && HOST_NAME.test(value);
  return isName ? value : bad("an output's host must be 1 to 64 letters, digits, . _ or -", value);
}

function readHosts(value: unknown): readonly HostId[] {
  if (!Array.isArray(value) || value.length === 0)
    return bad("hosts must be a list of one name or more", value);
  if (value.length > MAX_OUTPUTS) bad(`hosts must be at most ${MAX_OUTPUTS}`, value);
  const hosts = value.map(readHostName);
  const twice = hosts.find((host, i) => hosts.indexOf(host) !== i);
  return twice === undefined ? hosts : bad("each output must have a host of its own", twice);
}

function readBufferBytes(value: unknown): number {
  const bytes = typeof value === "string" || typeof value === "number" ? Number(value) : Number.NaN;
  const isBound = bytes >= MIN_BUFFER_BYTES && bytes <= MAX_BUFFER_BYTES;
  return isBound ? bytes : bad(`buffer must be ${MIN_BUFFER_BYTES} to ${MAX_BUFFER_BYTES} bytes`, value);
}

/** Shared by the runtime and the dialog. Throws StitchError `BAD_CONFIG` that names the field. */
export function readRouteSettings(fields: Partial<RouteFields>): RouteSettings {
  const { delivery = "wire", balance = "auto", buffer = "memory" } = fields;
  if (delivery !== "wire" && delivery !== "mqtt") return bad('delivery must be "wire" or "mqtt"', delivery);
  if (balance !== "auto" && balance !== "p2c" && balance !== "round-robin")
    return bad('balance must be "auto", "p2c" or "round-robin"', balance);
  if (buffer !== "memory" && buffer !== "disk") return bad('buffer must be "memory" or "disk"', buffer);
  const bufferBytes = readBufferBytes(fields.bufferBytes ?? DEFAULT_BUFFER_BYTES);
  const hosts = delivery === "wire" ? readHosts(fields.hosts ?? DEFAULT_HOSTS) : [];
  return { delivery, balance, buffer, hosts, bufferBytes };
}

/** Throws StitchError `BAD_CONFIG` where the way of delivery needs a pool and none is chosen. */
export function checkPool(delivery: string, isChosen: boolean): void {
  if (delivery === "mqtt" && !isChosen)
    throw new StitchError("BAD_CONFIG", "delivery by MQTT needs a session-pool: choose one");
}

/** How many outputs the node has: a host's each, and the last for what no host took. */
export const outputsOf = ({ hosts }: RouteSettings): number => hosts.length + 1;
