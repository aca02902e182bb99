import type { Clock, Millis } from "../../core/ports.ts";
import type { DeviceProfile } from "../../core/profile/device-profile.ts";
import { DEVICE_PROFILES } from "../../core/profile/device-profiles.ts";
import { type MatchSample, matchProfile } from "../../core/profile/match.ts";
import { DATA_KINDS, payloadKind } from "../../core/profile/payload-kind.ts";
import { payloadMark } from "../../core/profile/payload-mark.ts";
import { payloadBytes } from "../../core/profile/payload-size.ts";
import {
  completed,
  isSameState,
  type ProfileChange,
  type ProfileState,
  stateOf,
  UNKNOWN_STATE,
} from "../../core/profile/profile-change.ts";
import type { SessionFacts, SessionSummary } from "../../core/profile/session-facts.ts";
import { SessionMeter } from "../../core/profile/session-meter.ts";
import type { SessionId, SlotIndex } from "../../core/units.ts";
import type { SessionDirectory, SessionEntry } from "./session-directory.ts";

/** Messages of a session that a device profile is looked for in; later only when its pattern changes. */
const MATCHED_MESSAGES = 64;

export interface SessionObserverOptions {
  readonly sessions: SessionDirectory;
  readonly clock: Clock;
  readonly windowMs: Millis;
  /** K; 1 without a slot key. */
  readonly slots: number;
  /** Declared for all; undefined: the library's rules decide. */
  readonly deviceProfile: DeviceProfile | undefined;
  /** The user's own, looked at before the library. */
  readonly ownProfiles?: readonly DeviceProfile[];
  /** Called within `observe`, before it returns. */
  readonly onChange: (change: ProfileChange) => void;
}

type Message = Readonly<Record<string, unknown>>;

/** Measures the sessions of one profile node, in its pool's directory. */
export class SessionObserver {
  readonly #options: SessionObserverOptions;

  constructor(options: SessionObserverOptions) {
    this.#options = options;
  }

  /** Counts one message of a session; per message, so without more allocation than the facts. */
  observe(id: SessionId, slot: SlotIndex, { topic, payload }: Message): SessionFacts {
    const { sessions, clock, windowMs, slots } = this.#options;
    const bytes = payloadBytes(payload);
    const kind = payloadKind(payload);
    const entry = sessions.entry(id);
    const nowMs = clock.now();
    let { meter } = entry;
    if (!meter) {
      meter = new SessionMeter(windowMs, nowMs);
      entry.meter = meter;
    }
    const isDue = meter.observe(nowMs, bytes, DATA_KINDS.indexOf(kind), payloadMark(payload, bytes));
    if (isDue)
      this.#review(entry, meter.review(nowMs), { topic, sessionId: id, payload, bytes, kind }, nowMs);
    let { pattern } = meter;
    // Until it is measured, what is declared holds.
    if (pattern === "unknown" && entry.deviceProfile) pattern = entry.deviceProfile.rhythm.pattern;
    // The entry's own text, not the message's: the maps that are asked next then compare a pointer, not characters.
    return { id: entry.id, bytes, kind, pattern, slot, slots };
  }

  #review(entry: SessionEntry, summary: SessionSummary, sample: MatchSample, atMs: Millis): void {
    const before = entry.told ?? UNKNOWN_STATE;
    const deviceProfile = this.#profileOf(entry, summary, sample, before);
    entry.summary = summary;
    if (deviceProfile) entry.deviceProfile = deviceProfile;
    const after = stateOf(summary, deviceProfile?.name, before);
    if (isSameState(before, after, summary.sizes)) {
      if (entry.told) entry.told = completed(entry.told, after);
      return;
    }
    entry.told = after;
    const declared = deviceProfile === undefined ? undefined : { deviceProfile };
    this.#options.onChange({ sessionId: entry.id, atMs, before, after, summary, ...declared });
  }

  #profileOf(
    { deviceProfile }: SessionEntry,
    summary: SessionSummary,
    sample: MatchSample,
    { pattern }: ProfileState,
  ): DeviceProfile | undefined {
    const declared = this.#options.deviceProfile;
    if (declared) return declared;
    const isSettled = summary.messages >= MATCHED_MESSAGES && summary.pattern === pattern;
    if (isSettled) return deviceProfile;
    const own = this.#options.ownProfiles ?? [];
    return (
      matchProfile(own, sample, summary) ?? matchProfile(DEVICE_PROFILES, sample, summary) ?? deviceProfile
    );
  }
}
