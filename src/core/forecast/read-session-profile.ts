import { quote, StitchError } from "../errors.ts";
import { MAX_SESSION_ID } from "../record/envelope.ts";
import type { ForecastMember } from "./member-weights.ts";
import type { Allocation, Curve, DataKind, Qos, SessionProfile } from "./session-profile.ts";
import { DATA_KINDS, LEVELS, MAX_HORIZON, MAX_MEMBERS, PATTERNS } from "./session-profile-schema.ts";

const DEFAULT_QOS: Qos = { loss: "none", order: "key", priority: 4 };

/** Of a model and its members, characters. */
const MAX_NAME = 100;

type Fields = Readonly<Record<string, unknown>>;

const bad = (what: string, value: unknown): never => {
  throw new StitchError("BAD_PROFILE", `sessionProfile.${what}, got ${quote(value)}`);
};

function fieldsOf(value: unknown, name: string): Fields {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    bad(`${name} must be an object`, value);
  return value as Fields;
}

function numberIn(value: unknown, name: string, min: number, max: number, unit = ""): number {
  const isIn = typeof value === "number" && value >= min && value <= max;
  if (isIn) return value;
  const range = max === Number.MAX_VALUE ? `>= ${min}` : `${min}..${max}`;
  return bad(`${name} must be a number ${range}${unit}`, value);
}

function oneOf<T>(value: unknown, name: string, known: readonly T[]): T {
  if (known.includes(value as T)) return value as T;
  return bad(`${name} must be one of ${known.join(", ")}`, value);
}

function points(value: unknown, name: string, horizon: number): readonly number[] {
  if (!Array.isArray(value) || value.length !== horizon)
    bad(`${name} must be an array of ${horizon} numbers`, value);
  return (value as unknown[]).map((point, i) =>
    numberIn(point, `${name}[${i}]`, 0, Number.MAX_VALUE, " per second"),
  );
}

/** Without an interval the median stands for it. */
function curveOf(value: unknown, name: string, horizon: number): Curve {
  const fields = fieldsOf(value, name);
  const median = points(fields["median"], `${name}.median`, horizon);
  const { level = 80, lower: low = median, upper: high = median } = fields;
  const lower = points(low, `${name}.lower`, horizon);
  const upper = points(high, `${name}.upper`, horizon);
  const crossed = median.findIndex(
    (point, i) => !((lower[i] as number) <= point && point <= (upper[i] as number)),
  );
  if (crossed >= 0) bad(`${name} must have lower <= median <= upper at step ${crossed}`, median[crossed]);
  return { median, lower, upper, level: oneOf(level, `${name}.level`, LEVELS) };
}

function dataTypesOf(value: unknown = {}): SessionProfile["dataTypes"] {
  const fields = fieldsOf(value, "dataTypes");
  const shares: Partial<Record<DataKind, number>> = {};
  for (const kind of DATA_KINDS)
    if (fields[kind] !== undefined) shares[kind] = numberIn(fields[kind], `dataTypes.${kind}`, 0, 1);
  return shares;
}

function qosOf(value: unknown = DEFAULT_QOS): Qos {
  const { latencyMs, loss = "none", order = "key", priority = 4 } = fieldsOf(value, "qos");
  return {
    ...(latencyMs === undefined
      ? undefined
      : { latencyMs: numberIn(latencyMs, "qos.latencyMs", 0, Number.MAX_VALUE, " ms") }),
    loss: oneOf(loss, "qos.loss", ["none", "some"] as const),
    order: oneOf(order, "qos.order", ["key", "none"] as const),
    priority: numberIn(priority, "qos.priority", 0, 7),
  };
}

/** What it says of itself, else what its curves say; shares are the stitcher's to give. */
function allocationOf(
  value: unknown,
  profile: Pick<SessionProfile, "atMs" | "stepMs" | "bytes">,
): Allocation {
  const fields = value === undefined ? {} : fieldsOf(value, "allocation");
  const { upper } = profile.bytes;
  const highest = Math.max(...upper);
  const startMs = profile.atMs + profile.stepMs * upper.indexOf(highest);
  const read = (name: string, otherwise: number): number => {
    const { [name]: given = otherwise } = fields;
    return numberIn(given, `allocation.${name}`, 0, Number.MAX_VALUE);
  };
  return {
    peakBps: read("peakBps", highest),
    peakAtMs: read("peakAtMs", startMs + profile.stepMs),
    hosts: Math.max(1, Math.round(read("hosts", 1))),
    capacityBps: read("capacityBps", highest),
    readyByMs: read("readyByMs", startMs),
  };
}

function modelOf(value: unknown): SessionProfile["model"] {
  const { name = "unnamed", skill, trainedOn = 0, members, seasonsMs } = fieldsOf(value, "model");
  return {
    name: typeof name === "string" ? name.slice(0, MAX_NAME) : bad("model.name must be a text", name),
    skill: numberIn(skill, "model.skill", -Number.MAX_VALUE, 1),
    trainedOn: numberIn(trainedOn, "model.trainedOn", 0, Number.MAX_VALUE),
    ...(members === undefined
      ? undefined
      : { members: listOf(members, "model.members", (item, of) => memberOf(fieldsOf(item, of), of)) }),
    ...(seasonsMs === undefined
      ? undefined
      : {
          seasonsMs: listOf(seasonsMs, "model.seasonsMs", (ms, of) =>
            numberIn(ms, of, 1, Number.MAX_VALUE, " ms"),
          ),
        }),
  };
}

function memberOf({ name, weight, skill }: Fields, of: string): ForecastMember {
  if (typeof name !== "string") return bad(`${of}.name must be a text`, name);
  return {
    name: name.slice(0, MAX_NAME),
    weight: numberIn(weight, `${of}.weight`, 0, 1),
    ...(skill === undefined ? undefined : { skill: numberIn(skill, `${of}.skill`, -Number.MAX_VALUE, 1) }),
  };
}

function listOf<T>(value: unknown, name: string, read: (item: unknown, of: string) => T): T[] {
  if (!Array.isArray(value) || value.length > MAX_MEMBERS)
    return bad(`${name} must be an array of at most ${MAX_MEMBERS}`, value);
  return value.map((item: unknown, i) => read(item, `${name}[${i}]`));
}

/**
 * A Session Profile of anybody's forecaster, as a new value. Needed: sessionId, atMs, stepMs, horizon, bytes.median,
 * messages.median and model.skill. Throws StitchError `BAD_PROFILE` that names the field.
 */
export function readSessionProfile(value: unknown): SessionProfile {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new StitchError("BAD_PROFILE", `sessionProfile must be an object, got ${quote(value)}`);
  const fields = value as Fields;
  const { sessionId, pattern = "unknown", periodMs } = fields;
  if (typeof sessionId !== "string" || sessionId === "" || sessionId.length > MAX_SESSION_ID)
    return bad(`sessionId must be a text of 1 to ${MAX_SESSION_ID} characters`, sessionId);
  const atMs = numberIn(fields["atMs"], "atMs", 0, Number.MAX_VALUE, " ms since 1970");
  const stepMs = numberIn(fields["stepMs"], "stepMs", 1, Number.MAX_VALUE, " ms");
  const horizon = numberIn(fields["horizon"], "horizon", 1, MAX_HORIZON, " steps");
  if (!Number.isInteger(horizon)) bad("horizon must be a whole number of steps", horizon);
  const bytes = curveOf(fields["bytes"], "bytes", horizon);
  return {
    sessionId,
    atMs,
    stepMs,
    horizon,
    bytes,
    messages: curveOf(fields["messages"], "messages", horizon),
    pattern: oneOf(pattern, "pattern", PATTERNS),
    ...(periodMs === undefined
      ? undefined
      : { periodMs: numberIn(periodMs, "periodMs", 1, Number.MAX_VALUE, " ms") }),
    dataTypes: dataTypesOf(fields["dataTypes"]),
    qos: qosOf(fields["qos"]),
    allocation: allocationOf(fields["allocation"], { atMs, stepMs, bytes }),
    model: modelOf(fields["model"]),
  };
}
