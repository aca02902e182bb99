import { createHash } from "node:crypto";
import type { HostId } from "../../core/units.ts";

/** Longest level, UTF-8 bytes; a topic may have 65,535 in all. */
const MAX_LEVEL = 256;
/** Kept of a longer one, UTF-16 units of the escaped name: enough to recognise it by. */
const KEPT = 64;
/** Separators, wildcards, `$` (topics of the broker's own), the escape itself, and what MQTT 3.1.1 section 1.5.3 forbids or advises against. */
const UNSAFE = /[/+#$%\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/gu;

const hex = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;

/** A lone surrogate has no UTF-8: its three bytes as of any other character of its range, so that no two names meet. */
function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) as number;
  if (code < 0xd800 || code > 0xdfff) return Array.from(Buffer.from(character), hex).join("");
  return hex(0xe0 | (code >> 12)) + hex(0x80 | ((code >> 6) & 0x3f)) + hex(0x80 | (code & 0x3f));
}

/** Any name as one topic level; different names give different levels. */
export function topicLevel(name: string): string {
  if (name === "") return "%";
  const escaped = name.replace(UNSAFE, escapeCharacter);
  if (Buffer.byteLength(escaped) <= MAX_LEVEL) return escaped;
  // "%~" is no escape: no short name looks like this.
  return `${Array.from(escaped.slice(0, KEPT)).slice(0, -1).join("")}%~${createHash("sha256").update(escaped).digest("hex")}`;
}

/** Topics of one pool: one per host and gateway, not per session, so that subscriptions stay few and order is kept. */
export class PoolTopics {
  readonly #root: string;

  constructor(pool: string) {
    this.#root = `stitch/${topicLevel(pool)}`;
  }

  /** Retained heartbeat of a host. */
  heartbeat(host: HostId): string {
    return `${this.#root}/hosts/${topicLevel(host)}`;
  }

  /** Filter of all heartbeats. */
  get heartbeats(): string {
    return `${this.#root}/hosts/+`;
  }

  isHeartbeat(topic: string): boolean {
    return topic.startsWith(`${this.#root}/hosts/`);
  }

  /** Streams to a host. */
  toHost(host: HostId): string {
    return `${this.#root}/to/${topicLevel(host)}`;
  }

  /** Replies to a gateway. */
  toGateway(gateway: string): string {
    return `${this.#root}/gw/${topicLevel(gateway)}`;
  }
}
