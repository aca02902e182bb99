import type { Curve, SessionProfile } from "../../../../src/core/forecast/session-profile.ts";
import type {
  Plan,
  PlanInput,
  PlannedHost,
  PlannedSlot,
} from "../../../../src/core/stitch/planner/plan-types.ts";
import { profileLike } from "../../../support/session-profiles.ts";

export interface PoolLike {
  readonly hosts: readonly PlannedHost[];
  readonly slots: readonly PlannedSlot[];
  readonly profiles?: readonly SessionProfile[];
  readonly nowMs?: number;
  readonly policy?: PlanInput["settings"]["policy"];
}

export const SETTINGS = { threshold: 0.85, leadTimeMs: 15_000, dwellMs: 45_000 } as const;

export function inputOf({
  hosts,
  slots,
  profiles = [],
  nowMs = 0,
  policy = "predictive",
}: PoolLike): PlanInput {
  const byId = new Map(profiles.map((profile) => [profile.sessionId, profile]));
  const profiled = slots.map((it) => ({ ...it, profile: byId.get(it.id.sessionId) }));
  return { nowMs, settings: { ...SETTINGS, policy }, hosts, slots: profiled };
}

export const host = (
  name: string,
  messagesPerSec = 100,
  overrides: Partial<PlannedHost> = {},
): PlannedHost => ({
  host: name,
  capacity: { messagesPerSec },
  state: "open",
  ...overrides,
});

/** A session of one slot. */
export const slot = (
  sessionId: string,
  owner: string,
  messagesPerSec: number,
  overrides: Partial<PlannedSlot> = {},
): PlannedSlot => ({
  id: { sessionId, slot: 0 },
  owner,
  load: { messagesPerSec, bytesPerSec: 10 * messagesPerSec },
  sessionSlots: 1,
  secondaries: [],
  isBusy: false,
  ...overrides,
});

/** A session of several slots that carry alike. */
export const session = (
  sessionId: string,
  owner: string,
  messagesPerSec: number,
  slots: number,
): PlannedSlot[] =>
  Array.from({ length: slots }, (_, i) =>
    slot(sessionId, owner, messagesPerSec / slots, { id: { sessionId, slot: i }, sessionSlots: slots }),
  );

/** A forecast that beats naive and is sure of itself: messages/s per step of 5 s from now on. */
export const forecast = (sessionId: string, messages: readonly number[], skill = 0.95): SessionProfile => {
  const made = unsure(sessionId, messages, skill);
  const sure = (curve: Curve): Curve => ({ ...curve, median: curve.upper });
  return { ...made, messages: sure(made.messages), bytes: sure(made.bytes) };
};

/** One whose upper bounds are twice what it expects. */
export const unsure = (sessionId: string, uppers: readonly number[], skill = 0.95): SessionProfile =>
  profileLike({ sessionId, atMs: 0, messages: uppers, bytes: uppers.map((rate) => 10 * rate), skill });

/** The slots after a plan's shifts. */
export function applied(slots: readonly PlannedSlot[], { shifts }: Plan): PlannedSlot[] {
  return slots.map((it) => {
    const to = shifts.find(({ id }) => id.sessionId === it.id.sessionId && id.slot === it.id.slot)?.to;
    return to === undefined ? it : { ...it, owner: to };
  });
}
