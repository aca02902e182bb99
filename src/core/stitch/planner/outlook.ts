import type { Curve, SessionProfile } from "../../forecast/session-profile.ts";
import type { SessionId } from "../../units.ts";
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
  /** What was read of profiles, like rows; the medians and spreads of whole sessions. */
  #curves = new Float64Array(0);
  #profiles: (SessionProfile | undefined)[] = [];
  #readAtMs = new Float64Array(0);

  see(input: PlanInput): void {
    const { slots, profileOf, settings } = input;
    this.#open(input);
    const isPredictive = settings.policy === "predictive";
    const totals = isPredictive ? totalsOf(slots) : undefined;
    for (let i = 0; i < slots.length; i++) {
      const { id, load } = slots[i] as PlannedSlot;
      const profile = totals && profileOf(id.sessionId);
      const trust = profile ? trustOf(profile) : 0;
      const at = i * this.stride;
      const total = trust > 0 ? totals?.get(id.sessionId) : undefined;
      if (profile && trust > 0) this.#read(i, profile, input);
      const share = shareOf(load.messagesPerSec, total?.messagesPerSec, total);
      this.heights[2 * i] = this.#expect(at, load.messagesPerSec, trust, share);
      if (this.stride === WIDTH) continue;
      const byteShare = shareOf(load.bytesPerSec, total?.bytesPerSec, total);
      this.heights[2 * i + 1] = this.#expect(at + WIDTH, load.bytesPerSec, trust, byteShare);
    }
  }

  #open({ slots, hosts }: PlanInput): void {
    const stride = hosts.some(({ capacity }) => (capacity.bytesPerSec ?? 0) > 0) ? 2 * WIDTH : WIDTH;
    // A profile is not kept alive by a slot that is gone.
    this.#profiles.length = Math.min(this.#profiles.length, slots.length);
    if (stride === this.stride && slots.length * stride <= this.rows.length) return;
    this.stride = stride;
    this.rows = new Float64Array(slots.length * stride);
    this.heights = new Float64Array(2 * slots.length);
    this.#curves = new Float64Array(slots.length * stride);
    this.#readAtMs = new Float64Array(slots.length);
    this.#profiles = [];
  }

  #read(slot: number, profile: SessionProfile, { nowMs, settings }: PlanInput): void {
    const ageMs = nowMs - (this.#readAtMs[slot] as number);
    if (this.#profiles[slot] === profile && ageMs < REREAD * settings.leadTimeMs) return;
    this.#profiles[slot] = profile;
    this.#readAtMs[slot] = nowMs;
    const from = (nowMs - profile.atMs) / profile.stepMs;
    const perPoint = settings.leadTimeMs / profile.stepMs;
    const at = slot * this.stride;
    this.#resample(profile.messages, at, from, perPoint);
    if (this.stride > WIDTH) this.#resample(profile.bytes, at + WIDTH, from, perPoint);
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
function totalsOf(slots: readonly PlannedSlot[]): Map<SessionId, SessionTotal> {
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
