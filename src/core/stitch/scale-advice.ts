import type { Millis } from "../ports.ts";
import type { Capacity, Share } from "../units.ts";
import { type Limit, LoadAhead } from "./load-ahead.ts";
import type { PlannedHost, PlannedSlot } from "./planner/plan-types.ts";

export interface AdviceInput {
  readonly nowMs: Millis;
  readonly threshold: Share;
  /** The pool is to carry on without any one of its hosts. */
  readonly spareHost: boolean;
  readonly hosts: readonly PlannedHost[];
  readonly slots: readonly PlannedSlot[];
  /** Whether forecasts count: else what is measured is all that is expected. */
  readonly isForecast: boolean;
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

const LIMITS = ["messagesPerSec", "bytesPerSec"] as const;
const UNIT = { messagesPerSec: "msg/s", bytesPerSec: "bytes/s" } as const;
/** Sessions per call: what all of a large fleet need is summed up over some planning steps, as hosts take minutes to start. */
const SESSIONS_AT_ONCE = 2000;
/** What is wanted less is told when it has been so for so long: a forecast that wavers starts no host and ends none. */
export const RELEASE_MS = 300_000;

/** Tells when the pool is going to need other hosts than it was told to need last. */
export class ScaleAdvisor {
  #want: number | undefined;
  #lessSinceMs: Millis | undefined;
  /** What was begun in an earlier call. */
  #ahead: LoadAhead | undefined;

  /** undefined: nothing new, or not yet known. */
  see(input: AdviceInput): ScaleAdvice | undefined {
    const ahead = this.#ahead ?? aheadOf(input);
    ahead.add(SESSIONS_AT_ONCE);
    this.#ahead = ahead.isDone ? undefined : ahead;
    return ahead.isDone ? this.#told(most(input, ahead), input) : undefined;
  }

  #told(advice: ScaleAdvice | undefined, input: AdviceInput): ScaleAdvice | undefined {
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
  const ahead = aheadOf(input);
  ahead.add(Number.POSITIVE_INFINITY);
  return most(input, ahead);
}

const aheadOf = ({ nowMs, slots, hosts, isForecast }: AdviceInput): LoadAhead =>
  new LoadAhead(nowMs, slots, limitsOf(openOf(hosts)), isForecast);

const openOf = (hosts: readonly PlannedHost[]): PlannedHost[] =>
  hosts.filter(({ state }) => state === "open");

/** Those that every host that takes slots has. */
const limitsOf = (open: readonly PlannedHost[]): Limit[] =>
  LIMITS.filter((limit) => open.length > 0 && open.every(({ capacity }) => (capacity[limit] ?? 0) > 0));

/** By the limit that asks for more hosts. */
function most(input: AdviceInput, ahead: LoadAhead): ScaleAdvice | undefined {
  const open = openOf(input.hosts);
  const limits = limitsOf(open).filter((limit) => ahead.limits.includes(limit));
  const advice = limits.map((limit) => byLimit({ ...input, nowMs: ahead.nowMs }, open, limit, ahead));
  return advice.reduce<ScaleAdvice | undefined>(
    (found, each) => (found && found.hosts >= each.hosts ? found : each),
    undefined,
  );
}

function byLimit(
  input: AdviceInput,
  open: readonly PlannedHost[],
  limit: Limit,
  ahead: LoadAhead,
): ScaleAdvice {
  const { nowMs, threshold, spareHost } = input;
  const capacities = open.map(({ capacity }) => capacity[limit] as number).sort((a, b) => a - b);
  const each = capacities[capacities.length >> 1] as number;
  const spare = spareHost ? (capacities.at(-1) as number) : 0;
  const total = capacities.reduce((sum, one) => sum + one, 0);
  const carries = threshold * Math.max(0, total - spare);
  const { stepMs } = ahead;
  const loads = ahead.loads(limit);
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
