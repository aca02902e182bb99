import type { DataKind, Pattern } from "../forecast/session-profile.ts";
import type { Millis } from "../ports.ts";
import type { SessionId } from "../units.ts";
import type { DeviceProfile } from "./device-profile.ts";
import type { SessionSummary, Sizes } from "./session-facts.ts";

/** What listeners are told of a session: when one of these changes. */
export interface ProfileState {
  readonly pattern: Pattern;
  readonly periodMs?: Millis;
  /** Name of the declared profile that applies. */
  readonly deviceProfile?: string;
  /** What most of its bytes are; absent before there are some dozen messages. */
  readonly kind?: DataKind;
  /** Its typical payload, bytes; absent before there are some dozen messages. */
  readonly bytes?: number;
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

/** Messages from which kind and size of the payloads are told. */
const MIN_SIZED = 32;
/** A kind with so much of the bytes is the session's. */
const MAIN_SHARE = 0.6;
/**
 * Sizes that differ by more are others: a device that sends twice as much after an update. To this comes what a mean of
 * a window's logarithms scatters by: sizes that vary much must not be news again and again.
 */
const SIZE_DRIFT: number = Math.log(1.8);
const SCATTER = 3 / Math.sqrt(MIN_SIZED);
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

/** What listeners would be told of a session. */
export function stateOf(
  summary: SessionSummary,
  deviceProfile: string | undefined,
  before: ProfileState,
): ProfileState {
  const { pattern, periodMs, sizes, messages, dataTypes } = summary;
  const isSized = messages >= MIN_SIZED;
  const main = isSized ? Object.entries(dataTypes).find(([, share]) => share >= MAIN_SHARE) : undefined;
  const kind = (main?.[0] as DataKind | undefined) ?? before.kind;
  return {
    pattern,
    ...(periodMs === undefined ? undefined : { periodMs }),
    ...(deviceProfile === undefined ? undefined : { deviceProfile }),
    ...(kind === undefined ? undefined : { kind }),
    ...(isSized && sizes ? { bytes: Math.round(sizes.typical) } : undefined),
  };
}

/** Whether sizes are those that were told; what was not told yet is no news. */
function isSameSize(told: number | undefined, bytes: number | undefined, sizes: Sizes | undefined): boolean {
  if (told === undefined || bytes === undefined) return true;
  const apart = Math.abs(Math.log1p(bytes) - Math.log1p(told));
  return apart <= SIZE_DRIFT + SCATTER * (sizes?.spread ?? 0);
}

/** Whether listeners are to be told. `sizes`: that `b` was made of. */
export function isSameState(a: ProfileState, b: ProfileState, sizes?: Sizes): boolean {
  const isSameKind = a.kind === undefined || b.kind === undefined || a.kind === b.kind;
  return (
    a.deviceProfile === b.deviceProfile &&
    isSameKind &&
    isSameRhythm(a, b) &&
    isSameSize(a.bytes, b.bytes, sizes)
  );
}

/** What was told, with what could not be told before. */
export function completed(told: ProfileState, { kind, bytes }: ProfileState): ProfileState {
  const isComplete = (told.kind ?? kind) === told.kind && (told.bytes ?? bytes) === told.bytes;
  if (isComplete) return told;
  return {
    ...told,
    ...(told.kind === undefined && kind !== undefined ? { kind } : undefined),
    ...(told.bytes === undefined && bytes !== undefined ? { bytes } : undefined),
  };
}
