import { quote, StitchError } from "../errors.ts";
import type { Epoch, Seq, SessionId, SlotIndex } from "../units.ts";

export const WIRE_VERSION = 1;

/** Kinds of envelope and their numbers on the wire. */
export const KIND = {
  /** A device's message for the owner of its slot. */
  DATA: 1,
  /** Minimal stream: keeps a secondary warm; payload = a recent message or nil. */
  MIRROR: 2,
  /** End of a slot's stream at this owner before a shift; seq = the cut. */
  MARK: 3,
  /** Everything up to seq is committed (cumulative), or, of a MIRROR (`meta.mirror`), where the host's replica is. */
  ACK: 4,
  /** Not taken: `meta.reason` says why, `meta.expected` where to go on from. */
  NACK: 5,
} as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

export interface EnvelopeMeta {
  /** The user's topic. */
  readonly topic?: string;
  /** Other properties of the user's message, as plain data. */
  readonly props?: Readonly<Record<string, unknown>>;
  /** Id of the route that sent it, where ACK and NACK go. */
  readonly gateway?: string;
  /** DATA: lowest seq the route still retains; all before it is committed or acknowledged. */
  readonly low?: Seq;
  /** DATA: when the message entered the gateway, epoch ms. */
  readonly atMs?: number;
  /** ACK, NACK: the host that answers. */
  readonly host?: string;
  /** ACK of MIRROR: true. */
  readonly mirror?: boolean;
  /** NACK: "epoch" (the slot's owner or epoch is another), "gap" (a seq is missing), "full". */
  readonly reason?: "epoch" | "gap" | "full";
  /** NACK: next seq the host takes. */
  readonly expected?: Seq;
}

/** One message of a stream between a route and a host; on the wire a MessagePack array in this order. */
export interface Envelope {
  readonly kind: Kind;
  readonly sessionId: SessionId;
  readonly slot: SlotIndex;
  readonly epoch: Epoch;
  readonly seq: Seq;
  readonly meta: EnvelopeMeta;
  readonly payload: unknown;
}

/** `[version, kind, sessionId, slot, epoch, seq, meta, payload]`. */
export type WireEnvelope = readonly [number, number, string, number, number, number, object, unknown];

export function toWire(e: Envelope): WireEnvelope {
  return [WIRE_VERSION, e.kind, e.sessionId, e.slot, e.epoch, e.seq, e.meta, e.payload];
}

/** Longest session id taken, UTF-16 units. */
export const MAX_SESSION_ID = 1024;
/** Most slots a session may have. */
export const MAX_SLOTS = 256;

const bad = (what: string, value: unknown): never => {
  throw new StitchError("BAD_ENVELOPE", `envelope: ${what}, got ${quote(value)}`);
};
const whole = (value: unknown, name: string, max: number): number => {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0 || value > max)
    bad(`${name} must be a whole number 0..${max}`, value);
  return value as number;
};

function isKind(value: unknown): value is Kind {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 5;
}

const META_TYPES: Readonly<Record<keyof EnvelopeMeta, string>> = {
  topic: "string",
  props: "object",
  gateway: "string",
  low: "number",
  atMs: "number",
  host: "string",
  mirror: "boolean",
  reason: "string",
  expected: "number",
};

function metaFromWire(value: unknown): EnvelopeMeta {
  if (value === null || typeof value !== "object" || Array.isArray(value)) bad("meta must be a map", value);
  const meta: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(META_TYPES)) {
    const field = (value as Record<string, unknown>)[name];
    if (field === undefined || field === null) continue;
    if (typeof field !== type) bad(`meta.${name} must be a ${type}`, field);
    meta[name] = field;
  }
  return meta;
}

/** Reads a decoded envelope from an untrusted peer. Throws StitchError `BAD_ENVELOPE` that names the field. */
export function fromWire(value: unknown): Envelope {
  if (!Array.isArray(value) || value.length !== 8) bad("must be an array of 8", value);
  const [version, kind, sessionId, slot, epoch, seq, meta, payload] = value as unknown[];
  if (version !== WIRE_VERSION) bad(`version must be ${WIRE_VERSION}`, version);
  if (!isKind(kind)) return bad("kind must be 1..5", kind);
  if (typeof sessionId !== "string" || sessionId === "" || sessionId.length > MAX_SESSION_ID)
    return bad(`sessionId must be a string of 1..${MAX_SESSION_ID} characters`, sessionId);
  return {
    kind,
    sessionId,
    slot: whole(slot, "slot", MAX_SLOTS - 1),
    epoch: whole(epoch, "epoch", Number.MAX_SAFE_INTEGER),
    seq: whole(seq, "seq", Number.MAX_SAFE_INTEGER),
    meta: metaFromWire(meta),
    payload,
  };
}
