import type { DataKind } from "../forecast/session-profile.ts";
import type { DeviceProfile, MatchRules } from "./device-profile.ts";
import { matchesGlob } from "./glob.ts";
import type { SessionSummary } from "./session-facts.ts";
import { matchesTopic } from "./topic-filter.ts";

/** A message that a device profile is looked for by. */
export interface MatchSample {
  readonly topic: unknown;
  /** Absent: no rule about it holds. */
  readonly sessionId?: string;
  readonly payload: unknown;
  readonly bytes: number;
  readonly kind: DataKind;
}

/** A larger text is not parsed for its fields: devices' reports are some kB. */
const MAX_PARSED = 16_384;
/** `String.fromCharCode` takes so many arguments at a time. */
const CHUNK = 4_096;

/** A byte for a character: names of fields are ASCII, and the other bytes don't matter to JSON's grammar. */
function asciiOf(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += CHUNK) text += String.fromCharCode(...bytes.subarray(i, i + CHUNK));
  return text;
}

/** The payload as an object whose fields can be looked up; undefined where it is none. */
function objectOf({ payload, kind, bytes }: MatchSample): object | undefined {
  if (kind !== "json" || bytes > MAX_PARSED) return undefined;
  const isBytes = payload instanceof Uint8Array;
  if (!isBytes && typeof payload !== "string") return Object(payload) as object;
  try {
    const parsed: unknown = JSON.parse(isBytes ? asciiOf(payload) : payload);
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    // It only looked like JSON: then it has no fields.
    return undefined;
  }
}

function hasField(object: object, path: string): boolean {
  let at: unknown = object;
  for (const name of path.split(".")) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return false;
    at = (at as Record<string, unknown>)[name];
  }
  return true;
}

/** A sample whose payload is parsed once, and only where a profile asks for fields. */
class Sample {
  readonly #sample: MatchSample;
  #object: object | undefined;
  #isParsed = false;

  constructor(sample: MatchSample) {
    this.#sample = sample;
  }

  matches(rules: MatchRules): boolean {
    const { topic, sessionId, kind, fields, minBytes = 0, maxBytes = Number.POSITIVE_INFINITY } = rules;
    const { topic: actual, sessionId: id, bytes, kind: actualKind } = this.#sample;
    if (bytes < minBytes || bytes > maxBytes || (kind !== undefined && kind !== actualKind)) return false;
    if (topic !== undefined && !(typeof actual === "string" && matchesTopic(topic, actual))) return false;
    if (sessionId !== undefined && (id === undefined || !matchesGlob(sessionId, id))) return false;
    return fields === undefined || this.#has(fields);
  }

  #has(fields: readonly string[]): boolean {
    if (!this.#isParsed) {
      this.#isParsed = true;
      this.#object = objectOf(this.#sample);
    }
    const object = this.#object;
    return object !== undefined && fields.every((path) => hasField(object, path));
  }
}

/** Each field or named topic level says more of a device than its payload's kind or size. */
function specificity({ topic, sessionId, kind, fields, minBytes, maxBytes }: MatchRules): number {
  const levels = topic?.split("/").filter((level) => level !== "+" && level !== "#").length ?? 0;
  const sizes = (minBytes === undefined ? 0 : 1) + (maxBytes === undefined ? 0 : 1);
  const ids = sessionId?.split("*").filter((part) => part !== "").length ?? 0;
  return 4 * (levels + ids + (fields?.length ?? 0)) + 2 * (kind === undefined ? 0 : 1) + sizes;
}

/** How far the measured rhythm is from the declared one: 0 where there is nothing to compare. */
function distance({ rhythm }: DeviceProfile, summary: SessionSummary | undefined): number {
  if (!summary || summary.pattern === "unknown") return 0;
  const other = rhythm.pattern === summary.pattern ? 0 : 1;
  if (!rhythm.periodMs || !summary.periodMs) return other;
  return other + Math.abs(Math.log(rhythm.periodMs / summary.periodMs));
}

/**
 * The library's profile whose rules hold for a message: the most specific one; of equals the one whose rhythm is
 * nearest to the measured one, then the first.
 */
export function matchProfile(
  library: readonly DeviceProfile[],
  message: MatchSample,
  summary?: SessionSummary,
): DeviceProfile | undefined {
  const sample = new Sample(message);
  let best: DeviceProfile | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const profile of library) {
    if (!sample.matches(profile.match)) continue;
    // The distance only decides between equals: it is brought below 1.
    const score = specificity(profile.match) - distance(profile, summary) / (1 + distance(profile, summary));
    if (score <= most) continue;
    most = score;
    best = profile;
  }
  return best;
}
