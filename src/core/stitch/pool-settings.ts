import { quote, StitchError } from "../errors.ts";
import type { Millis } from "../ports.ts";
import type { Bps, Capacity, HostId, Share } from "../units.ts";
import { capacityOf, hostName, isUnset, numberOf } from "./host-settings.ts";

/** A host that a pool's dialog lists. */
export interface DeclaredHost {
  readonly host: HostId;
  readonly capacity: Capacity;
  /** Relative, > 0. */
  readonly weight: number;
}

/** "static": nothing is planned; "reactive": on measured load only; "predictive": on forecasts too. */
export type PlanPolicy = "static" | "reactive" | "predictive";

/** A session-pool's settings, checked. */
export interface PoolSettings {
  /** One level of the pool's topics. */
  readonly name: string;
  readonly hosts: readonly DeclaredHost[];
  /** Take hosts from heartbeats too. */
  readonly discover: boolean;
  /** Broker's address, `mqtt://…` or `mqtts://…`; undefined: wired outputs only. */
  readonly broker?: string;
  /** Utilisation above which a host counts as saturated, in (0, 1). */
  readonly threshold: Share;
  readonly leadTimeMs: Millis;
  readonly stepMs: Millis;
  readonly dwellMs: Millis;
  /** Most sessions remembered. */
  readonly maxSessions: number;
  /** Traffic that keeps a secondary warm. */
  readonly minimalRateBps: Bps;
  /** Plan and report, but do nothing. */
  readonly dryRun: boolean;
  readonly policy: PlanPolicy;
  /** Leave room for the loss of any one host (N-1). */
  readonly spareHost?: boolean;
  /** Other gateways of this pool do the same: one works, the others stand by. */
  readonly standby?: boolean;
}

/** A row of the dialog's list of hosts. */
export interface HostRow {
  readonly name: string;
  readonly messagesPerSec: string;
  readonly bytesPerSec: string;
  readonly weight: string;
}

/** As a pool's editor saves them. */
export interface PoolFields {
  readonly name: string;
  readonly hosts: readonly Partial<HostRow>[];
  readonly discover: boolean;
  readonly broker: string;
  /** Id of a tls-config node. */
  readonly tls: string;
  /** Id of a session-store node. */
  readonly store: string;
  readonly threshold: string;
  readonly leadTimeMs: string;
  readonly stepMs: string;
  readonly dwellMs: string;
  readonly maxSessions: string;
  /** Bytes per second. */
  readonly minimalRate: string;
  readonly dryRun: boolean;
  readonly policy: string;
  readonly standby: boolean;
  readonly spareHost: boolean;
}

const DEFAULT_NAME = "pool";
const MAX_NAME = 64;
const MAX_HOSTS = 256;
const POLICIES: readonly unknown[] = ["static", "reactive", "predictive"] satisfies PlanPolicy[];
const BROKER = /^(mqtts?):\/\/(?:[\w.-]+|\[[\da-f:]+\])(?::(\d{1,5}))?\/?$/i;

interface NumberField {
  readonly label: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly whole?: true;
  /** Where the field is absent or empty. */
  readonly fallback: number;
}

const NUMBERS = {
  threshold: { label: "threshold", unit: "of capacity", min: 0.1, max: 0.99, fallback: 0.85 },
  leadTimeMs: { label: "lead time", unit: "ms", min: 100, max: 3_600_000, fallback: 15_000 },
  stepMs: { label: "step", unit: "ms", min: 100, max: 600_000, fallback: 5000 },
  dwellMs: { label: "dwell", unit: "ms", min: 0, max: 86_400_000, fallback: 45_000 },
  maxSessions: {
    label: "sessions",
    unit: "remembered",
    min: 1,
    max: 1_000_000,
    whole: true,
    fallback: 10_000,
  },
  minimalRate: { label: "minimal rate", unit: "bytes/s", min: 1, max: 1_000_000, fallback: 64 },
} as const satisfies Partial<Record<keyof PoolFields, NumberField>>;

const bad = (what: string, value: unknown): never => {
  throw new StitchError("BAD_CONFIG", `${what}, got ${quote(value)}`);
};

function numberIn(value: unknown, { label, unit, min, max, whole, fallback }: NumberField): number {
  if (isUnset(value)) return fallback;
  const number = numberOf(value);
  const isText = typeof value === "string" && value.trim() === "";
  if (!isText && number >= min && number <= max && (!whole || Number.isInteger(number))) return number;
  return bad(`${label} must be ${whole ? "a whole number " : ""}${min} to ${max} ${unit}`, value);
}

function flag(value: unknown, label: string, fallback: boolean): boolean {
  if (isUnset(value)) return fallback;
  if (value === true || value === "true") return true;
  return value === false || value === "false" ? false : bad(`${label} must be true or false`, value);
}

function poolName(value: unknown): string {
  if (isUnset(value)) return DEFAULT_NAME;
  const isName = typeof value === "string" && value.trim() !== "" && value.length <= MAX_NAME;
  return isName ? value : bad(`name must be a text of 1 to ${MAX_NAME} characters`, value);
}

function declaredHost(row: unknown, index: number): DeclaredHost {
  const of = `host ${index + 1}`;
  if (row === null || typeof row !== "object") return bad(`${of} must be an object`, row);
  const { name, weight, ...limits } = row as Partial<HostRow>;
  const host = hostName(name, `${of}: name`);
  const label = `${of} (${host}): weight`;
  const relative = { label, unit: "(relative)", min: 0.001, max: 1000, fallback: 1 };
  return { host, capacity: capacityOf(limits, `${of} (${host}): `), weight: numberIn(weight, relative) };
}

function declaredHosts(value: unknown): DeclaredHost[] {
  if (isUnset(value)) return [];
  if (!Array.isArray(value) || value.length > MAX_HOSTS)
    return bad(`hosts must be a list of at most ${MAX_HOSTS}`, value);
  const hosts = value.map(declaredHost);
  const twice = hosts.find(({ host }, i) => hosts.findIndex((other) => other.host === host) < i);
  return twice ? bad("hosts must have different names", twice.host) : hosts;
}

/** undefined: wired outputs only. */
function brokerIn(value: unknown, tls: unknown): string | undefined {
  if (isUnset(value)) return undefined;
  // Not quoted: it may hold a password.
  if (typeof value === "string" && value.includes("@"))
    throw new StitchError(
      "BAD_CONFIG",
      "broker must not hold a user or password: they have fields of their own",
    );
  const [, protocol, port = "1883"] = (typeof value === "string" && BROKER.exec(value.trim())) || [];
  if (!protocol || Number(port) < 1 || Number(port) > 65_535)
    return bad("broker must be mqtt://host:port or mqtts://host:port, or empty", value);
  if (!isUnset(tls) && protocol.toLowerCase() === "mqtt")
    return bad("broker must begin with mqtts:// where a TLS configuration is chosen", value);
  return (value as string).trim();
}

function policyIn(value: unknown): PlanPolicy {
  if (isUnset(value)) return "predictive";
  return POLICIES.includes(value)
    ? (value as PlanPolicy)
    : bad('policy must be "static", "reactive" or "predictive"', value);
}

/** Shared by the runtime and the dialog. Throws StitchError `BAD_CONFIG` that names the field. */
export function readPoolSettings(fields: Partial<PoolFields>): PoolSettings {
  const broker = brokerIn(fields.broker, fields.tls);
  return {
    name: poolName(fields.name),
    hosts: declaredHosts(fields.hosts),
    discover: flag(fields.discover, "discover", true),
    ...(broker === undefined ? undefined : { broker }),
    threshold: numberIn(fields.threshold, NUMBERS.threshold),
    leadTimeMs: numberIn(fields.leadTimeMs, NUMBERS.leadTimeMs),
    stepMs: numberIn(fields.stepMs, NUMBERS.stepMs),
    dwellMs: numberIn(fields.dwellMs, NUMBERS.dwellMs),
    maxSessions: numberIn(fields.maxSessions, NUMBERS.maxSessions),
    minimalRateBps: numberIn(fields.minimalRate, NUMBERS.minimalRate),
    dryRun: flag(fields.dryRun, "dry run", false),
    policy: policyIn(fields.policy),
    spareHost: flag(fields.spareHost, "spare host", false),
    standby: flag(fields.standby, "standby", false),
  };
}
