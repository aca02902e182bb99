import type { SessionProfile } from "../core/forecast/session-profile.ts";
import type { Millis } from "../core/ports.ts";

export interface ForecastTally {
  /** Session Profiles received. */
  readonly made: number;
  /** Mean absolute error of the messages curve ÷ the mean change from one step to the next before it was made. */
  readonly mase: number | null;
  /** The same for "it stays as it was in the last step". */
  readonly naiveMase: number | null;
}

/** The part of a Session Profile that is checked. */
export type CheckedProfile = Pick<SessionProfile, "sessionId" | "atMs" | "stepMs" | "horizon"> & {
  readonly messages: { readonly median: readonly number[] };
};

/** Seconds of history per device: two hours. */
const KEPT_SECONDS = 7_200;
/** Steps before the forecast that its scale is taken from. */
const SCALE_STEPS = 60;

/** Messages per second of one device, in bins of one second, the last two hours. */
class History {
  readonly #bins = new Float64Array(KEPT_SECONDS);
  readonly firstSecond: number;
  #lastSecond: number;

  constructor(atMs: Millis) {
    this.firstSecond = Math.floor(atMs / 1000);
    this.#lastSecond = this.firstSecond;
  }

  add(atMs: Millis): void {
    const second = Math.floor(atMs / 1000);
    const clearFrom = Math.max(this.#lastSecond + 1, second - KEPT_SECONDS + 1);
    for (let s = clearFrom; s <= second; s++) this.#bins[s % KEPT_SECONDS] = 0;
    this.#lastSecond = Math.max(this.#lastSecond, second);
    this.#bins[second % KEPT_SECONDS] = (this.#bins[second % KEPT_SECONDS] ?? 0) + 1;
  }

  /** Mean rate from..to, messages/s; a second that is cut counts in part. */
  rate(fromMs: Millis, toMs: Millis): number {
    let messages = 0;
    for (let second = Math.floor(fromMs / 1000); second * 1000 < toMs; second++) {
      if (second < this.firstSecond || second > this.#lastSecond) continue;
      const overlapMs = Math.min(toMs, (second + 1) * 1000) - Math.max(fromMs, second * 1000);
      messages += ((this.#bins[second % KEPT_SECONDS] ?? 0) * overlapMs) / 1000;
    }
    return (messages * 1000) / (toMs - fromMs);
  }
}

const isCurve = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((point) => typeof point === "number" && Number.isFinite(point));

/** A Session Profile off the wire, if it has what is needed here. */
export function profileOf(payload: string): CheckedProfile | undefined {
  try {
    const profile = JSON.parse(payload) as CheckedProfile;
    const { sessionId, atMs, stepMs, horizon, messages } = profile;
    const known = typeof sessionId === "string" && isCurve([atMs, stepMs, horizon]) && stepMs > 0;
    return known && isCurve(messages.median) ? profile : undefined;
  } catch {
    return undefined;
  }
}

/** Compares forecasts with what the fleet sent afterwards; keeps nothing of the forecaster's own verdict. */
export class ForecastCheck {
  readonly #histories = new Map<string, History>();
  #pending: CheckedProfile[] = [];
  #made = 0;
  #error = 0;
  #naiveError = 0;
  #scale = 0;

  sent(device: string, atMs: Millis): void {
    let history = this.#histories.get(device);
    if (!history) {
      history = new History(atMs);
      this.#histories.set(device, history);
    }
    history.add(atMs);
  }

  profile(profile: CheckedProfile, nowMs: Millis): void {
    this.#made++;
    this.#pending.push(profile);
    this.#settle(nowMs, (made) => made.atMs + made.stepMs * made.horizon <= nowMs);
  }

  /** Checks the steps of all forecasts that have passed by `untilMs`, when the fleet stopped. */
  tally(untilMs: Millis): ForecastTally {
    this.#settle(untilMs, () => true);
    const ratio = (error: number): number | null =>
      this.#scale > 0 ? Math.round((error / this.#scale) * 1000) / 1000 : null;
    return { made: this.#made, mase: ratio(this.#error), naiveMase: ratio(this.#naiveError) };
  }

  #settle(nowMs: Millis, isDue: (profile: CheckedProfile) => boolean): void {
    const due = this.#pending.filter(isDue);
    if (due.length === 0) return;
    this.#pending = this.#pending.filter((profile) => !isDue(profile));
    for (const profile of due) this.#check(profile, nowMs);
  }

  #check({ sessionId, atMs, stepMs, messages }: CheckedProfile, untilMs: Millis): void {
    const history = this.#histories.get(sessionId);
    if (!history) return;
    const scale = scaleOf(history, atMs, stepMs);
    // A session that never changed has no scale: any error would be infinite.
    if (!(scale > 0)) return;
    const last = history.rate(atMs - stepMs, atMs);
    for (const [i, median] of messages.median.entries()) {
      const endMs = atMs + (i + 1) * stepMs;
      if (endMs > untilMs) return;
      const actual = history.rate(endMs - stepMs, endMs);
      this.#error += Math.abs(median - actual);
      this.#naiveError += Math.abs(last - actual);
      this.#scale += scale;
    }
  }
}

/** Mean change from one step to the next before `atMs` (Hyndman and Koehler 2006: MASE's in-sample scale). */
function scaleOf(history: History, atMs: Millis, stepMs: Millis): number {
  const steps = Math.min(SCALE_STEPS, Math.floor((atMs - history.firstSecond * 1000) / stepMs));
  let change = 0;
  let after = history.rate(atMs - stepMs, atMs);
  for (let back = 2; back <= steps; back++) {
    const before = history.rate(atMs - back * stepMs, atMs - (back - 1) * stepMs);
    change += Math.abs(after - before);
    after = before;
  }
  return steps >= 2 ? change / (steps - 1) : 0;
}
