import type { Random } from "../core/ports.ts";

/** A message as a device means to send it; `n` counts per (device, channel) from 1. */
export interface Emission {
  readonly device: string;
  readonly channel: string;
  /** Wanted size of the payload. */
  readonly bytes: number;
  /** "json", "senml-json", "binary", "packet-up"…; kinds with "json" in them are sent as JSON. */
  readonly kind: string;
}

/** Bytes a message number takes in a binary payload: uint32, big-endian, first. */
export const NUMBER_BYTES = 4;

/**
 * A name as one level of a topic: what would split, match or end a topic is percent-encoded.
 * A lone surrogate has no UTF-8 form, so it becomes U+FFFD first.
 */
export function topicLevel(name: string): string {
  return encodeURIComponent(Buffer.from(name).toString());
}

export function topicOf({ device, channel }: Pick<Emission, "device" | "channel">): string {
  return `devices/${topicLevel(device)}/${topicLevel(channel)}`;
}

/** JSON of the wanted size: padded within "pad" or, when that doesn't fit, by white space, which JSON allows. */
function jsonPayload(n: number, atMs: number, bytes: number): string {
  const dated = `{"n":${n},"at":${Math.round(atMs)}}`;
  if (bytes < dated.length) return `{"n":${n}}`.padEnd(bytes);
  const empty = `${dated.slice(0, -1)},"pad":""}`;
  if (bytes < empty.length) return dated.padEnd(bytes);
  return `${empty.slice(0, -2)}${"x".repeat(bytes - empty.length)}"}`;
}

function binaryPayload(n: number, bytes: number, random: Random): Buffer {
  const payload = Buffer.alloc(Math.max(NUMBER_BYTES, bytes));
  for (let at = NUMBER_BYTES; at < payload.length; at++) payload[at] = random.next() * 256;
  payload.writeUInt32BE(n >>> 0);
  return payload;
}

/** The payload of a device's n-th message; larger than wanted only where its number would not fit. */
export function payloadOf(
  { kind, bytes }: Pick<Emission, "kind" | "bytes">,
  n: number,
  atMs: number,
  random: Random,
): string | Buffer {
  return kind.includes("json") ? jsonPayload(n, atMs, bytes) : binaryPayload(n, bytes, random);
}
