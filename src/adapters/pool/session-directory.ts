import { LRUCache } from "lru-cache";
import type { SessionProfile } from "../../core/forecast/session-profile.ts";
import type { DeviceProfile } from "../../core/profile/device-profile.ts";
import type { ProfileState } from "../../core/profile/profile-change.ts";
import type { SessionSummary } from "../../core/profile/session-facts.ts";
import type { SessionMeter } from "../../core/profile/session-meter.ts";
import type { SessionId } from "../../core/units.ts";

/** All that a pool's nodes know of one session; each field is set by one node and read by the others. */
export interface SessionEntry {
  readonly id: SessionId;
  /** By profile: the latest summary, and the declared profile that its messages match. */
  summary?: SessionSummary;
  deviceProfile?: DeviceProfile;
  /** By profile, for itself: what measures the session, and what was told of it last. */
  meter?: SessionMeter;
  told?: ProfileState;
  /** By forecast, or by a message with `msg.sessionProfile`: the latest prediction. */
  profile?: SessionProfile;
}

/** The sessions that the nodes of one pool know, least recently used ones dropped. */
export class SessionDirectory {
  readonly #entries: LRUCache<SessionId, SessionEntry>;

  /** `maxSessions` ≥ 1. */
  constructor(maxSessions: number) {
    this.#entries = new LRUCache({ max: maxSessions });
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The session's entry, a new one where there is none; counts as a use. */
  entry(id: SessionId): SessionEntry {
    let entry = this.#entries.get(id);
    if (!entry) {
      entry = { id };
      this.#entries.set(id, entry);
    }
    return entry;
  }

  /** Without counting as a use. */
  find(id: SessionId): SessionEntry | undefined {
    return this.#entries.peek(id);
  }

  /** Most recently used first. */
  entries(): IterableIterator<SessionEntry> {
    return this.#entries.values();
  }
}
