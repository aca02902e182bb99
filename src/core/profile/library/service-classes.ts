import type { Qos } from "../../forecast/session-profile.ts";

/** Somebody waits at the other end: doors, buttons, smoke. */
export const ALARM: Qos = { latencyMs: 500, loss: "none", order: "key", priority: 7 };
/** A control loop or an operator's screen. */
export const CONTROL: Qos = { latencyMs: 1_000, loss: "none", order: "key", priority: 6 };
/** Counters that are billed by: late is fine, lost is not. */
export const METERING: Qos = { latencyMs: 60_000, loss: "none", order: "key", priority: 4 };
/** Measurements: the next one comes soon, but gaps show. */
export const TELEMETRY: Qos = { latencyMs: 10_000, loss: "none", order: "key", priority: 3 };
/** Frames and blocks of samples: rather drop one than fall behind. */
export const STREAM: Qos = { latencyMs: 1_000, loss: "some", order: "key", priority: 2 };
/** Logs and sightings. */
export const BULK: Qos = { latencyMs: 30_000, loss: "some", order: "none", priority: 1 };
/** Says only that the device is there. */
export const PRESENCE: Qos = { loss: "some", order: "none", priority: 0 };
