import type { Pattern } from "../forecast/session-profile.ts";
import type { Millis } from "../ports.ts";
import type { SessionId } from "../units.ts";
import type { DeviceProfile } from "./device-profile.ts";
import type { SessionSummary } from "./session-facts.ts";

/** What listeners are told of a session: when one of these changes. */
export interface ProfileState {
  readonly pattern: Pattern;
  readonly periodMs?: Millis;
  /** Name of the declared profile that applies. */
  readonly deviceProfile?: string;
}

/** Payload of the profile node's second output. */
export interface ProfileChange {
  readonly sessionId: SessionId;
  readonly atMs: Millis;
  readonly before: ProfileState;
  readonly after: ProfileState;
  readonly summary: SessionSummary;
  readonly deviceProfile?: DeviceProfile;
}

/** A period that differs by less is the same one: two windows of a rhythm with 10 % jitter differ by 3 % at most. */
const PERIOD_DRIFT = 0.2;

export const UNKNOWN_STATE: ProfileState = { pattern: "unknown" };

export function isSamePeriod(a: Millis | undefined, b: Millis | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Math.abs(a - b) <= PERIOD_DRIFT * Math.max(a, b);
}

/** Same pattern, and same period where the pattern is one of periods; a stream's beat is not. */
export function isSameRhythm(a: ProfileState, b: ProfileState): boolean {
  return a.pattern === b.pattern && (a.pattern === "streaming" || isSamePeriod(a.periodMs, b.periodMs));
}

/** Whether listeners are to be told. */
export function isSameState(a: ProfileState, b: ProfileState): boolean {
  return a.deviceProfile === b.deviceProfile && isSameRhythm(a, b);
}
