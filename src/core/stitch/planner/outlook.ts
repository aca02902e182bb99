import type { Curve, SessionProfile } from "../../forecast/session-profile.ts";
import type { Millis } from "../../ports.ts";
import type { HostId, SessionId } from "../../units.ts";
import type { PlanInput, PlannedSlot } from "./plan-types.ts";

/** Intervals ahead, each as long as the lead time: two minutes by default. */
export const POINTS = 8;
/** Where, in a slot's numbers of one quantity, what is measured stands: after what is expected and its variance. */
export const MEASURED: number = 2 * POINTS;
/** Numbers per slot and quantity. */
export const WIDTH: number = MEASURED + 1;

/**
 * How far a forecast replaces what is measured, by its skill. A device with a rhythm is forecast with a skill near 1; one at
 * 0.3 is hardly known, and where it says that a surge is over the next message knows better.
 */
const TRUSTED_FROM = 0.5;
const TRUSTED_AT = 0.9;
/** What was read of a profile is good for this part of an interval. */
const REREAD = 0.5;

/** What a plan asks of a slot again and again. */
export const Trait = {
  /** The only open slot of its session. */
  alone: 1,
  /** May move, as far as it goes by the slot. */
  movable: 2,
  mirrored: 4,
} as const;

/** What the slots of a session that has several carry together. */
interface SessionTotal {
  messagesPerSec: number;
  bytesPerSec: number;
  slots: number;
}

/**
 * What each slot is going to need at each point ahead. Expected is what is measured, drawn to the forecast's median as far as
 * that is trusted; in the first interval never less than what is measured. Its variance is that of the forecast's upper
 * bound. Sessions are independent, so variances add (Guérin, Ahmadi, Naghshineh 1991, IEEE JSAC 9:7, section III.B);
 * slots of one session rise together, so each carries its share of the session's whole variance.
 * One flat array, kept from step to step; a profile is read when it is new.
 */
export class Outlook {
  /** By slot: `WIDTH` numbers of messages/s; then, where a host is limited by bytes, as many of bytes/s. */
  rows: Float64Array = new Float64Array(0);
  stride: number = WIDTH;
  /** By slot, for each quantity: the most that is expected at any point. */
  heights: Float64Array = new Float64Array(0);
  /** By slot: the index of the host that carries it, or is about to; -1: none of these hosts. */
  homes: Int32Array = new Int32Array(0);
  /** By slot: a sum of `Trait`s. */
  traits: Uint8Array = new Uint8Array(0);
  /** By host: what its slots sum up to, `stride` numbers. */
  sums: Float64Array = new Float64Array(0);
  /** What was read of profiles, like rows; the medians and spreads of whole sessions. */
  #curves = new Float64Array(0);
  #profiles: (SessionProfile | undefined)[] = [];
  #trusts = new Float64Array(0);
  /** By slot: its session, as of the latest plan; and by session one of its slots. */
  #sessions: SessionId[] = [];
  readonly #slotOf = new Map<SessionId, number>();
  #readAtMs = new Float64Array(0);

  /**
   * Reads a forecast when it comes, while its curves are at hand: a step that read those of a whole fleet would wait for memory
   * most of the time. Where its slot is not known yet, or stands elsewhere by then, the step reads it.
   */
  profiled(profile: SessionProfile, nowMs: Millis, leadTimeMs: Millis): void {
    const slot = this.#slotOf.get(profile.sessionId);
    if (slot === undefined || this.#sessions[slot] !== profile.sessionId) return;
    this.#read(slot, profile, nowMs, leadTimeMs);
  }

  /** The one walk over all slots that a plan makes; what comes after it reads the flat arrays. */
  see(input: PlanInput): void {
    const { slots, settings, nowMs } = input;
    this.#open(input);
    const hosts = new Map<HostId, number>(input.hosts.map(({ host }, i) => [host, i]));
    const isPredictive = settings.policy === "predictive";
    const totals = isPredictive ? totalsOf(slots) : undefined;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as PlannedSlot;
      const { id, profile } = slot;
      this.homes[i] = hosts.get(slot.movingTo ?? slot.owner) ?? -1;
      this.traits[i] = traitsOf(slot);
      if (this.#sessions[i] !== id.sessionId) this.#stands(i, id.sessionId);
      const trust = totals && profile ? this.#read(i, profile, nowMs, settings.leadTimeMs) : 0;
      this.#fill(i, slot, trust, trust > 0 ? totals?.get(id.sessionId) : undefined);
      this.#sum(i);
    }
  }

  /** A slot's row. */
  #fill(slot: number, { load }: PlannedSlot, trust: number, total: SessionTotal | undefined): void {
    const at = slot * this.stride;
    const share = shareOf(load.messagesPerSec, total?.messagesPerSec, total);
    this.heights[2 * slot] = this.#expect(at, load.messagesPerSec, trust, share);
    if (this.stride === WIDTH) return;
    const byteShare = shareOf(load.bytesPerSec, total?.bytesPerSec, total);
    this.heights[2 * slot + 1] = this.#expect(at + WIDTH, load.bytesPerSec, trust, byteShare);
  }

  /** Adds a slot's row to its host's sums. */
  #sum(slot: number): void {
    const { rows, sums, stride } = this;
    const at = slot * stride;
    const to = (this.homes[slot] as number) * stride;
    if (to < 0) return;
    for (let i = 0; i < stride; i++) sums[to + i] = (sums[to + i] as number) + (rows[at + i] as number);
  }

  #open({ slots, hosts }: PlanInput): void {
    const stride = hosts.some(({ capacity }) => (capacity.bytesPerSec ?? 0) > 0) ? 2 * WIDTH : WIDTH;
    this.sums = new Float64Array(hosts.length * stride);
    // A profile is not kept alive by a slot that is gone.
    this.#profiles.length = Math.min(this.#profiles.length, slots.length);
    this.#sessions.length = Math.min(this.#sessions.length, slots.length);
    if (this.#slotOf.size > 2 * slots.length) this.#forget();
    if (stride === this.stride && slots.length * stride <= this.rows.length) return;
    this.stride = stride;
    this.rows = new Float64Array(slots.length * stride);
    this.heights = new Float64Array(2 * slots.length);
    this.homes = new Int32Array(slots.length);
    this.traits = new Uint8Array(slots.length);
    this.#trusts = new Float64Array(slots.length);
    this.#curves = new Float64Array(slots.length * stride);
    this.#readAtMs = new Float64Array(slots.length);
    this.#profiles = [];
    this.#sessions = [];
    this.#slotOf.clear();
  }

  /** How far the profile is trusted; reads its curves where it is new, or was read some time ago. */
  #read(slot: number, profile: SessionProfile, nowMs: Millis, leadTimeMs: Millis): number {
    const isKnown = this.#profiles[slot] === profile;
    const known = this.#trusts[slot] as number;
    const ageMs = nowMs - (this.#readAtMs[slot] as number);
    if (isKnown && (known === 0 || ageMs < REREAD * leadTimeMs)) return known;
    const trust = isKnown ? known : trustOf(profile);
    this.#profiles[slot] = profile;
    this.#trusts[slot] = trust;
    this.#readAtMs[slot] = nowMs;
    if (trust === 0) return trust;
    const from = (nowMs - profile.atMs) / profile.stepMs;
    const perPoint = leadTimeMs / profile.stepMs;
    const at = slot * this.stride;
    this.#resample(profile.messages, at, from, perPoint);
    if (this.stride > WIDTH) this.#resample(profile.bytes, at + WIDTH, from, perPoint);
    return trust;
  }

  /** Another session's slot than before: what was read there is not its. */
  #stands(slot: number, session: SessionId): void {
    this.#profiles[slot] = undefined;
    this.#sessions[slot] = session;
    this.#slotOf.set(session, slot);
  }

  /** Sessions that are gone. */
  #forget(): void {
    for (const [session, slot] of this.#slotOf)
      if (this.#sessions[slot] !== session) this.#slotOf.delete(session);
  }

  /** Means over each interval; beyond the curve's end -1. */
  #resample({ median, upper }: Curve, at: number, from: number, perPoint: number): void {
    for (let point = 0; point < POINTS; point++) {
      const first = Math.max(0, Math.floor(from + point * perPoint));
      const end = Math.min(median.length, Math.ceil(from + (point + 1) * perPoint));
      let middle = 0;
      let most = 0;
      for (let i = first; i < end; i++) {
        middle += median[i] as number;
        most += upper[i] as number;
      }
      const isKnown = end > first;
      this.#curves[at + point] = isKnown ? middle / (end - first) : -1;
      this.#curves[at + POINTS + point] = isKnown ? Math.max(0, most - middle) / (end - first) : 0;
    }
  }

  /** Fills a slot's numbers of one quantity; the most that is expected. */
  #expect(at: number, measured: number, trust: number, share: number): number {
    const { rows } = this;
    const curves = this.#curves;
    let height = measured;
    rows[at + MEASURED] = measured;
    for (let point = 0; point < POINTS; point++) {
      const median = trust > 0 ? (curves[at + point] as number) : -1;
      let expected = measured;
      let spread = 0;
      if (median >= 0) {
        expected += trust * (median * share - measured);
        spread = trust * (curves[at + POINTS + point] as number);
        if (point === 0 && expected < measured) expected = measured;
        if (expected > height) height = expected;
      }
      rows[at + point] = expected;
      rows[at + POINTS + point] = spread * spread * share;
    }
    return height;
  }
}

function traitsOf({ sessionSlots, isBusy, movingTo, secondaries }: PlannedSlot): number {
  const alone = sessionSlots === 1 ? Trait.alone : 0;
  const movable = isBusy || movingTo !== undefined ? 0 : Trait.movable;
  return alone | movable | (secondaries.length > 0 ? Trait.mirrored : 0);
}

function trustOf({ model }: SessionProfile): number {
  const trust = (model.skill - TRUSTED_FROM) / (TRUSTED_AT - TRUSTED_FROM);
  return trust > 0 ? Math.min(1, trust) : 0;
}

/** A slot's observed share of its session; before anything was measured all share alike. */
function shareOf(own: number, all: number | undefined, total: SessionTotal | undefined): number {
  if (!total) return 1;
  return all !== undefined && all > 0 ? own / all : 1 / total.slots;
}

/** Only of sessions with several slots. */
function totalsOf(slots: readonly PlannedSlot[]): ReadonlyMap<SessionId, SessionTotal> {
  const totals = new Map<SessionId, SessionTotal>();
  for (const { id, load, sessionSlots } of slots) {
    if (sessionSlots === 1) continue;
    let total = totals.get(id.sessionId);
    if (!total) {
      total = { messagesPerSec: 0, bytesPerSec: 0, slots: 0 };
      totals.set(id.sessionId, total);
    }
    total.messagesPerSec += load.messagesPerSec;
    total.bytesPerSec += load.bytesPerSec;
    total.slots++;
  }
  return totals;
}
