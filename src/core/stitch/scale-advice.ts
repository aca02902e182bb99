import type { Curve, SessionProfile } from "../forecast/session-profile.ts";
import type { Millis } from "../ports.ts";
import type { Capacity, SessionId, Share } from "../units.ts";
import type { PlannedHost, PlannedSlot } from "./planner/plan-types.ts";

export interface AdviceInput {
  readonly nowMs: Millis;
  readonly threshold: Share;
  /** The pool is to carry on without any one of its hosts. */
  readonly spareHost: boolean;
  readonly hosts: readonly PlannedHost[];
  readonly slots: readonly PlannedSlot[];
  readonly profileOf: (id: SessionId) => SessionProfile | undefined;
}

/** "Two more hosts of 200 msg/s by 14:05." */
export interface ScaleAdvice {
  readonly atMs: Millis;
  /** How many more; 0: those that are there are enough. */
  readonly hosts: number;
  /** Hosts that take slots now, and how many there should be. */
  readonly have: number;
  readonly want: number;
  /** What each should carry: as much as the middle one of those that are there. */
  readonly each: Capacity;
  /** When they should be there: the pool's load is then more than it carries below the threshold. */
  readonly byMs: Millis;
  readonly reason: string;
}

type Limit = "messagesPerSec" | "bytesPerSec";
const UNIT = { messagesPerSec: "msg/s", bytesPerSec: "bytes/s" } as const;
/** The forecasts' horizon is looked at in so many places. */
const POINTS = 30;
/** What is wanted less is told when it has been so for so long: a forecast that wavers starts no host and ends none. */
export const RELEASE_MS = 300_000;

interface SessionNeed {
  measured: number;
  readonly profile: SessionProfile | undefined;
}

/** Tells when the pool is going to need other hosts than it was told to need last. */
export class ScaleAdvisor {
  #want: number | undefined;
  #lessSinceMs: Millis | undefined;

  /** undefined: nothing new. */
  see(input: AdviceInput): ScaleAdvice | undefined {
    const advice = adviceFor(input);
    if (!advice) return undefined;
    const { want, have } = advice;
    const told = this.#want ?? have;
    if (want === told) {
      this.#want = want;
      this.#lessSinceMs = undefined;
      return undefined;
    }
    if (want < told) {
      this.#lessSinceMs ??= input.nowMs;
      if (input.nowMs - this.#lessSinceMs < RELEASE_MS) return undefined;
    }
    this.#want = want;
    this.#lessSinceMs = undefined;
    return advice;
  }
}

/** undefined: no host takes slots, or what they carry isn't known. */
export function adviceFor(input: AdviceInput): ScaleAdvice | undefined {
  const open = input.hosts.filter(({ state }) => state === "open");
  const limits = (["messagesPerSec", "bytesPerSec"] as const).filter(
    (limit) => open.length > 0 && open.every(({ capacity }) => (capacity[limit] ?? 0) > 0),
  );
  const advice = limits.map((limit) => byLimit(input, open, limit));
  return advice.reduce<ScaleAdvice | undefined>(
    (most, each) => (most && most.hosts >= each.hosts ? most : each),
    undefined,
  );
}

function byLimit(input: AdviceInput, open: readonly PlannedHost[], limit: Limit): ScaleAdvice {
  const { nowMs, threshold, spareHost } = input;
  const capacities = open.map(({ capacity }) => capacity[limit] as number).sort((a, b) => a - b);
  const each = capacities[capacities.length >> 1] as number;
  const spare = spareHost ? (capacities.at(-1) as number) : 0;
  const total = capacities.reduce((sum, one) => sum + one, 0);
  const carries = threshold * Math.max(0, total - spare);
  const { stepMs, loads } = loadsAhead(input, limit);
  const peak = Math.max(...loads);
  const inMs = (point: number): Millis => Math.round(point * stepMs);
  const hosts = peak > carries ? Math.max(1, Math.ceil((peak / threshold + spare - total) / each)) : 0;
  const spared = spareHost ? ", one of them to spare" : "";
  return {
    atMs: nowMs,
    hosts,
    have: open.length,
    want: open.length + hosts,
    each: { [limit]: each },
    byMs: nowMs + (hosts > 0 ? inMs(Math.max(0, loads.findIndex((load) => load > carries) - 1)) : 0),
    reason:
      `peak ${Math.round(peak)} ${UNIT[limit]} at +${Math.round(inMs(loads.indexOf(peak)) / 1000)} s, ` +
      `${open.length} hosts carry ${Math.round(carries)} below ${threshold}${spared}`,
  };
}

/**
 * The pool's load from now to the end of the longest forecast: of each session what is measured, or expected if that is
 * more; the upper bounds above it are taken together as of sessions that know nothing of each other.
 */
function loadsAhead(
  { nowMs, slots, profileOf }: AdviceInput,
  limit: Limit,
): { stepMs: Millis; loads: Float64Array } {
  const sessions = needs(slots, profileOf, limit);
  let endMs = nowMs;
  for (const { profile } of sessions)
    if (profile) endMs = Math.max(endMs, profile.atMs + profile.horizon * profile.stepMs);
  const stepMs = (endMs - nowMs) / POINTS;
  const loads = new Float64Array(stepMs > 0 ? POINTS + 1 : 1);
  const variances = new Float64Array(loads.length);
  let steady = 0;
  for (const { measured, profile } of sessions) {
    steady += measured;
    if (!profile) continue;
    const curve = limit === "messagesPerSec" ? profile.messages : profile.bytes;
    const first = (nowMs - profile.atMs) / profile.stepMs;
    addAbove(measured, curve, { first, perPoint: stepMs / profile.stepMs }, { loads, variances });
  }
  for (let point = 0; point < loads.length; point++)
    loads[point] = steady + (loads[point] as number) + Math.sqrt(variances[point] as number);
  return { stepMs, loads };
}

/** Adds what a curve expects above what is measured, and the square of what it may be more than that. */
function addAbove(
  measured: number,
  { median, upper }: Curve,
  { first, perPoint }: { readonly first: number; readonly perPoint: number },
  { loads, variances }: { readonly loads: Float64Array; readonly variances: Float64Array },
): void {
  for (let point = 0; point < loads.length; point++) {
    // Point i of a curve is for the step that ends at (i + 1) * stepMs.
    const step = Math.max(0, Math.ceil(first + point * perPoint) - 1);
    if (step >= median.length) break;
    const more = Math.max(0, (median[step] as number) - measured);
    const spread = Math.max(0, (upper[step] ?? 0) - measured - more);
    loads[point] = (loads[point] as number) + more;
    variances[point] = (variances[point] as number) + spread * spread;
  }
}

/** Of each session; a forecast that isn't better than "as it is" counts for nothing. */
function needs(
  slots: readonly PlannedSlot[],
  profileOf: AdviceInput["profileOf"],
  limit: Limit,
): SessionNeed[] {
  const sessions = new Map<SessionId, SessionNeed>();
  for (const { id, load } of slots) {
    const known = sessions.get(id.sessionId);
    if (known) known.measured += load[limit];
    else {
      const profile = profileOf(id.sessionId);
      const trusted = profile && profile.model.skill > 0 ? profile : undefined;
      sessions.set(id.sessionId, { measured: load[limit], profile: trusted });
    }
  }
  return [...sessions.values()];
}
