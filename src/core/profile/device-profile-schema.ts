import { DATA_KINDS, type JsonSchema, PATTERNS } from "../forecast/session-profile-schema.ts";

/** What a text field, a list and a profile file hold at most. */
export const MAX_TEXT = 256;
export const MAX_FIELDS = 16;
export const MAX_PROFILES = 500;
/** Characters of a file. */
export const MAX_FILE = 4_194_304;
export const MAX_PRIORITY = 7;
/** A week; rarer messages have no rhythm that a forecast could use. */
export const MAX_PERIOD_MS = 604_800_000;
export const MAX_BYTES = 268_435_455;

const text = (description: string): JsonSchema => ({
  type: "string",
  minLength: 1,
  maxLength: MAX_TEXT,
  // Not of blanks only.
  pattern: "\\S",
  description,
});
const between = (minimum: number, maximum: number, description: string): JsonSchema => ({
  type: "number",
  minimum,
  maximum,
  description,
});
const size = (description: string): JsonSchema => ({
  type: "integer",
  minimum: 0,
  maximum: MAX_BYTES,
  description,
});

const match: JsonSchema = {
  type: "object",
  additionalProperties: false,
  minProperties: 1,
  description: "What must hold of a message; each absent rule holds.",
  properties: {
    topic: text("MQTT topic filter: + one level, # the rest."),
    sessionId: text("Pattern of the session's id: * any characters."),
    kind: { enum: DATA_KINDS, description: "Kind of payload, by content." },
    fields: {
      type: "array",
      items: text("Name that a JSON payload must have, dots for nested ones."),
      minItems: 1,
      maxItems: MAX_FIELDS,
    },
    minBytes: size("Smallest payload, bytes."),
    maxBytes: size("Largest payload, bytes."),
  },
};

const rhythm: JsonSchema = {
  type: "object",
  additionalProperties: false,
  required: ["pattern"],
  properties: {
    pattern: { enum: PATTERNS },
    periodMs: between(1, MAX_PERIOD_MS, "Of messages, or of bursts where there are some, ms."),
    cv: between(0, 100, "Standard deviation of a gap ÷ its mean."),
    burst: { type: "integer", minimum: 1, maximum: 100_000, description: "Messages at a time." },
  },
};

const qos: JsonSchema = {
  type: "object",
  additionalProperties: false,
  required: ["loss", "order", "priority"],
  properties: {
    latencyMs: between(0, MAX_PERIOD_MS, "Wanted end-to-end latency, ms."),
    loss: { enum: ["none", "some"], description: "some: the lowest priority may be dropped, counted." },
    order: { enum: ["key", "none"], description: "key: messages of one key stay in order." },
    priority: {
      type: "integer",
      minimum: 0,
      maximum: MAX_PRIORITY,
      description: "0 (lowest) to 7 (highest).",
    },
  },
};

/** A file of device profiles, as the profile node's dialog exports and imports it (`readDeviceProfiles`). */
export const deviceProfilesSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Device profiles",
  description: "What is declared of device types, the first that matches of equals first.",
  type: "array",
  maxItems: MAX_PROFILES,
  items: {
    type: "object",
    additionalProperties: false,
    required: ["name", "match", "rhythm", "bytes", "qos"],
    properties: {
      name: text("Unique among one's own; one of the library's takes its place."),
      title: text("For people; the name where it is absent."),
      match,
      rhythm,
      bytes: { type: "integer", minimum: 1, maximum: MAX_BYTES, description: "Typical payload, bytes." },
      qos,
    },
  },
};
