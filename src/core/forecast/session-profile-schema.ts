import { MAX_SESSION_ID } from "../record/envelope.ts";
import type { Level } from "./forecaster.ts";
import type { DataKind, Pattern } from "./session-profile.ts";

/** Most steps ahead that are taken: a curve from outside is bounded. */
export const MAX_HORIZON = 10_000;
export const LEVELS: readonly Level[] = [80, 90, 95];
export const PATTERNS: readonly Pattern[] = [
  "periodic",
  "event-driven",
  "bursty",
  "streaming",
  "keep-alive",
  "unknown",
];
export const DATA_KINDS: readonly DataKind[] = ["json", "binary", "text", "image", "number"];

/** JSON Schema, draft 2020-12. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

const atLeast = (minimum: number, description: string): JsonSchema => ({
  type: "number",
  minimum,
  description,
});
const share: JsonSchema = { type: "number", minimum: 0, maximum: 1 };
const points = (description: string): JsonSchema => ({
  type: "array",
  items: { type: "number", minimum: 0 },
  minItems: 1,
  maxItems: MAX_HORIZON,
  description,
});
const curve = (description: string): JsonSchema => ({ $ref: "#/$defs/curve", description });

const qos: JsonSchema = {
  type: "object",
  description: "From the device profile, else inferred from the pattern.",
  properties: {
    latencyMs: atLeast(0, "Wanted end-to-end latency, ms."),
    loss: { enum: ["none", "some"], description: "some: the lowest priority may be dropped, counted." },
    order: { enum: ["key", "none"], description: "key: messages of one key stay in order." },
    priority: { type: "number", minimum: 0, maximum: 7, description: "0 (lowest) to 7 (highest)." },
  },
};

const allocation: JsonSchema = {
  type: "object",
  description: "What to set aside for the session. Without it, it follows from the curve of bytes.",
  properties: {
    peakBps: atLeast(0, "Highest predicted throughput within the horizon, bytes/s."),
    peakAtMs: atLeast(0, "When it comes, ms since 1970."),
    hosts: atLeast(0, "Hosts that the session is worth spreading over; less than 1 counts as 1."),
    capacityBps: atLeast(0, "Capacity to set aside, bytes/s."),
    shares: {
      type: "object",
      additionalProperties: share,
      description:
        "Share per host once the stitcher planned them; they sum to 1. Ignored in what comes from outside.",
    },
    readyByMs: atLeast(0, "When the allocation should be in place, ms since 1970."),
  },
};

/** Members of a forecast, and its seasons. */
export const MAX_MEMBERS = 20;

const model: JsonSchema = {
  type: "object",
  required: ["skill"],
  properties: {
    name: { type: "string", description: "For people; the first 100 characters are kept." },
    skill: {
      type: "number",
      maximum: 1,
      description: "1 - error / naive error, rolling; 0 or less: the forecast is not to be trusted.",
    },
    trainedOn: atLeast(0, "Points the model was fitted on."),
    members: {
      type: "array",
      maxItems: MAX_MEMBERS,
      description: "What the forecast is made of, the heaviest first; the weights sum to 1.",
      items: {
        type: "object",
        required: ["name", "weight"],
        properties: {
          name: { type: "string" },
          weight: share,
          skill: { type: "number", maximum: 1, description: "Of this member alone, as the model's." },
        },
      },
    },
    seasonsMs: {
      type: "array",
      maxItems: MAX_MEMBERS,
      items: atLeast(1, "ms"),
      description: "Seasons that the forecast was found to gain by, ms.",
    },
  },
};

/**
 * The Session Profile, `msg.sessionProfile`: what the forecast node emits, and what stitch takes from anybody's
 * forecaster (`readSessionProfile`). What a schema can't say: all arrays have `horizon` points, and
 * lower <= median <= upper. The forecast node gives all properties but `periodMs`, `qos.latencyMs` and
 * `allocation.shares` always.
 */
export const sessionProfileSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Session Profile",
  description: "What is predicted of one session's throughput, and what to set aside for it.",
  type: "object",
  required: ["sessionId", "atMs", "stepMs", "horizon", "bytes", "messages", "model"],
  properties: {
    sessionId: { type: "string", minLength: 1, maxLength: MAX_SESSION_ID },
    atMs: atLeast(
      0,
      "When it was made, ms since 1970. Point i is for the step that ends at atMs + (i + 1) * stepMs.",
    ),
    stepMs: atLeast(1, "Length of a step, ms."),
    horizon: { type: "integer", minimum: 1, maximum: MAX_HORIZON, description: "Number of steps ahead." },
    bytes: curve("Bytes per second."),
    messages: curve("Messages per second."),
    pattern: { enum: PATTERNS, description: "Rhythm of the messages." },
    periodMs: atLeast(1, "Period of a periodic session, ms."),
    dataTypes: {
      type: "object",
      properties: Object.fromEntries(DATA_KINDS.map((kind) => [kind, share])),
      description: "Each kind's share of the bytes seen.",
    },
    qos,
    allocation,
    model,
  },
  $defs: {
    curve: {
      type: "object",
      required: ["median"],
      properties: {
        median: points("As likely exceeded as not."),
        lower: points("Lower end of the interval; the median where it is absent."),
        upper: points("Upper end of the interval; the median where it is absent."),
        level: { enum: LEVELS, description: "Coverage of lower..upper, percent." },
      },
    },
  },
};
