import type { SessionProfile } from "../forecast/session-profile.ts";
import type { Millis } from "../ports.ts";
import type { Rate, SessionId } from "../units.ts";
import type { PlannedSlot } from "./planner/plan-types.ts";

/** The forecasts' horizon is looked at in so many places. */
const POINTS = 30;

export type Limit = "messagesPerSec" | "bytesPerSec";

interface SessionNeed {
  readonly load: Rate;
  readonly profile?: SessionProfile | undefined;
}

/** What a pool's sessions sum up to at each point; one quantity. */
interface Sums {
  steady: number;
  readonly above: Float64Array;
  readonly variances: Float64Array;
}

/**
 * A pool's load from now to the end of the longest forecast: of each session what is measured, or expected if that is more; the
 * upper bounds above it are taken together as of sessions that know nothing of each other (their variances add). A forecast
 * that isn't better than "as it is" counts for nothing. Summed up some sessions at a time, as reading all curves of a large
 * fleet takes longer than a planning step may.
 */
export class LoadAhead {
  readonly nowMs: Millis;
  readonly stepMs: Millis;
  /** What is summed up. */
  readonly limits: readonly Limit[];
  readonly #sessions: readonly SessionNeed[];
  readonly #sums: ReadonlyMap<Limit, Sums>;
  #done = 0;

  /** `isForecast`: else what is measured is all that is expected. */
  constructor(nowMs: Millis, slots: readonly PlannedSlot[], limits: readonly Limit[], isForecast: boolean) {
    this.nowMs = nowMs;
    this.limits = limits;
    this.#sessions = sessionsOf(slots);
    let endMs = nowMs;
    if (isForecast)
      for (const { profile } of this.#sessions)
        if (profile) endMs = Math.max(endMs, profile.atMs + profile.horizon * profile.stepMs);
    this.stepMs = (endMs - nowMs) / POINTS;
    const points = this.stepMs > 0 ? POINTS + 1 : 1;
    this.#sums = new Map(
      limits.map((limit) => [
        limit,
        { steady: 0, above: new Float64Array(points), variances: new Float64Array(points) },
      ]),
    );
  }

  get isDone(): boolean {
    return this.#done >= this.#sessions.length;
  }

  /** Takes the next `count` sessions. */
  add(count: number): void {
    const end = Math.min(this.#sessions.length, this.#done + count);
    for (; this.#done < end; this.#done++) {
      const { load, profile } = this.#sessions[this.#done] as SessionNeed;
      for (const [limit, sums] of this.#sums) {
        sums.steady += load[limit];
        if (this.stepMs > 0 && profile && profile.model.skill > 0)
          this.#addAbove(load[limit], profile, limit, sums);
      }
    }
  }

  /** By point, from now on. */
  loads(limit: Limit): Float64Array {
    const { steady = 0, above = new Float64Array(1), variances = above } = this.#sums.get(limit) ?? {};
    return above.map((more, point) => steady + more + Math.sqrt(variances[point] as number));
  }

  /** Adds what a curve expects above what is measured, and the square of what it may be more than that. */
  #addAbove(measured: number, profile: SessionProfile, limit: Limit, { above, variances }: Sums): void {
    const { median, upper } = limit === "messagesPerSec" ? profile.messages : profile.bytes;
    const first = (this.nowMs - profile.atMs) / profile.stepMs;
    const perPoint = this.stepMs / profile.stepMs;
    for (let point = 0; point < above.length; point++) {
      // Point i of a curve is for the step that ends at (i + 1) * stepMs.
      const step = Math.max(0, Math.ceil(first + point * perPoint) - 1);
      if (step >= median.length) break;
      const more = Math.max(0, (median[step] as number) - measured);
      const spread = Math.max(0, (upper[step] ?? 0) - measured - more);
      above[point] = (above[point] as number) + more;
      variances[point] = (variances[point] as number) + spread * spread;
    }
  }
}

/** The only slot of a session stands for it; several are summed up. */
function sessionsOf(slots: readonly PlannedSlot[]): SessionNeed[] {
  const sessions: SessionNeed[] = [];
  const split = new Map<SessionId, { messagesPerSec: number; bytesPerSec: number }>();
  for (const slot of slots) {
    if (slot.sessionSlots === 1) {
      sessions.push(slot);
      continue;
    }
    const known = split.get(slot.id.sessionId);
    if (known) {
      known.messagesPerSec += slot.load.messagesPerSec;
      known.bytesPerSec += slot.load.bytesPerSec;
    } else {
      const load = { ...slot.load };
      split.set(slot.id.sessionId, load);
      sessions.push({ load, profile: slot.profile });
    }
  }
  return sessions;
}
