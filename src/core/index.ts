/** The typed core: pure, synchronous, deterministic; for users who script and for other front ends. */
export * from "./errors.ts";
export {
  type Fit,
  fitSeries,
  forecast,
  type LeanFit,
  type Member,
  type MemberTable,
  predict,
  update,
  withoutPast,
  withPast,
} from "./forecast/engine/engine.ts";
export { EngineForecaster, type EngineOptions } from "./forecast/engine/engine-forecaster.ts";
export { furtherMembers } from "./forecast/engine/members/further.ts";
export { memberNames } from "./forecast/engine/members/names.ts";
export type { ScriptOptions } from "./forecast/engine/script.ts";
export type * from "./forecast/forecaster.ts";
export * from "./forecast/read-session-profile.ts";
export type { ChartForecast, ChartPoint } from "./forecast/session/chart-points.ts";
export type { ValueForecast } from "./forecast/session/value-forecaster.ts";
export type * from "./forecast/session-profile.ts";
export { type JsonSchema, sessionProfileSchema } from "./forecast/session-profile-schema.ts";
export type * from "./ports.ts";
export type * from "./profile/device-profile.ts";
export { deviceProfilesSchema } from "./profile/device-profile-schema.ts";
export * from "./profile/device-profiles.ts";
export * from "./profile/match.ts";
export * from "./profile/own-profiles.ts";
export type * from "./profile/profile-change.ts";
export type * from "./profile/session-facts.ts";
export * from "./profile/session-meter.ts";
export * from "./profile/slot-index.ts";
export * from "./record/envelope.ts";
export type * from "./record/host-load.ts";
export * from "./record/host-load-json.ts";
export type * from "./record/record-store.ts";
export type * from "./record/slot-record.ts";
export type * from "./record/store-driver.ts";
export type * from "./record/stream-link.ts";
export type * from "./stitch/planner/plan-types.ts";
export * from "./stitch/planner/planner.ts";
export * from "./stitch/pool-settings.ts";
export type * from "./stitch/protocol.ts";
export * from "./units.ts";
