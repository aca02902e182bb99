import type { Millis } from "../../ports.ts";
import type { HostId, Share } from "../../units.ts";
import { pointMs } from "./demand.ts";
import { destinationOf } from "./destination.ts";
import type { HostDemand, Look } from "./host-demand.ts";
import type { Move, PlanBoard, SessionOnHost } from "./plan-board.ts";
import { reasonText } from "./plan-reason.ts";

/** How one pass looks for what to move. */
export interface ReliefRule {
  readonly verb: "moved" | "mirrored";
  readonly look: Look;
  /** A host is relieved when its peak is above `above`, given what it carries at the moment… */
  readonly above: (measured: number) => number;
  /** …until it is at most `until`. */
  readonly until: (measured: number) => number;
  /** A destination's peak stays below, given the peak of the host that is relieved. */
  readonly limit: (fromPeak: number) => number;
  /** Also a host whose capacity nobody knows. */
  readonly takesUnknown: boolean;
  /** A session that adds less to the utilisation isn't worth a hand-over… */
  readonly leastGain: number;
  /** …nor one that adds less than this share of what is too much. */
  readonly leastShare: Share;
  readonly mayMove: (slot: number) => boolean;
  /** Most moves. */
  readonly moves: number;
}

export interface ReasonedMove extends Move {
  readonly reason: string;
}

/** A slot that fits nowhere: only those that add clearly less are tried after it. */
const SMALLER = 0.9;
/** A hand-over costs the same for the smallest slot: what adds less to the utilisation is not felt… */
const LEAST_GAIN = 0.0005;
/** …and slots of a session worth moving go on being moved as long as each takes off this share of what is too much. */
const LEAST_SLOT = 0.02;
/** A session with a warm host already comes before one that adds up to so many times as much. */
const WARM_FIRST = 1.25;

/** Takes slots off each host that is above the rule's bound, the fullest host and its largest session first. */
export function relieve(board: PlanBoard, rule: ReliefRule): ReasonedMove[] {
  const moves: ReasonedMove[] = [];
  const full = board.hosts
    .filter((host) => host.plan.state !== "closed" && host.peak(rule.look) > rule.above(host.measured))
    .sort((a, b) => b.peak(rule.look) - a.peak(rule.look));
  for (const host of full) {
    if (moves.length >= rule.moves) break;
    moves.push(...relieveHost(board, host, rule, rule.moves - moves.length));
  }
  return moves;
}

interface Group {
  readonly session: SessionOnHost;
  readonly moves: Move[];
}

function relieveHost(board: PlanBoard, from: HostDemand, rule: ReliefRule, most: number): ReasonedMove[] {
  const { look, verb } = rule;
  const point = from.peakPoint(look);
  const peak = from.peak(look);
  if (!hasRoom(board, from, rule)) return [];
  const inMs = (point + 1) * pointMs(board.input.settings.leadTimeMs);
  const search = new Search(board, from, rule, most);
  const groups: Group[] = [];
  for (const session of inOrder(board, board.sessionsOf(from, point, look.spread))) {
    if (search.isDone) break;
    groups.push(search.take(session));
  }
  return groups.flatMap((group) => reasoned(board, group, { verb, points: look.points, peak, inMs }));
}

/** Largest first, so that there are few moves; of about alike ones those that have a mirror, so that there are few mirrors. */
function inOrder(board: PlanBoard, sessions: readonly SessionOnHost[]): readonly SessionOnHost[] {
  const rank = ({ adds, slots }: SessionOnHost): number =>
    slots.some(({ slot }) => board.slot(slot).secondaries.length > 0) ? adds * WARM_FIRST : adds;
  return sessions.toSorted((a, b) => rank(b) - rank(a));
}

/** What a destination is asked for: room for what is expected. With all spreads, on a busy pool none would have any. */
function expectedBy({ points }: Look): Look {
  return { points, spread: 0 };
}

/** Whether there is any host that could take even the smallest slot: on a full pool nothing need be searched. */
function hasRoom(board: PlanBoard, from: HostDemand, { look, limit, takesUnknown }: ReliefRule): boolean {
  const most = limit(from.peak(look));
  const expected = expectedBy(look);
  return board.hosts.some((to) => {
    if (to === from || to.plan.state !== "open") return false;
    return to.hasCapacity ? to.peak(expected) < most - LEAST_GAIN : takesUnknown;
  });
}

/** The search over one host's slots. */
class Search {
  readonly #board: PlanBoard;
  readonly #from: HostDemand;
  readonly #rule: ReliefRule;
  /** What a session, and a slot of it, must add. */
  readonly #leastSession: number;
  readonly #least: number;
  readonly #until: number;
  #left: number;
  /** Slots that add more fit nowhere. */
  #fits = Number.POSITIVE_INFINITY;

  constructor(board: PlanBoard, from: HostDemand, rule: ReliefRule, most: number) {
    this.#board = board;
    this.#from = from;
    this.#rule = rule;
    this.#left = most;
    this.#until = rule.until(from.measured);
    const excess = from.peak(rule.look) - this.#until;
    this.#leastSession = Math.max(rule.leastGain, rule.leastShare * excess);
    this.#least = Math.max(LEAST_GAIN, LEAST_SLOT * excess);
  }

  get isDone(): boolean {
    return this.#left <= 0 || this.#fits < this.#least || this.#from.peak(this.#rule.look) <= this.#until;
  }

  take(session: SessionOnHost): Group {
    const moves: Move[] = [];
    if (session.adds < this.#leastSession) return { session, moves };
    for (const { slot, adds } of session.slots) {
      if (this.isDone) break;
      const move = this.#mayHelp(slot, adds) ? this.#find(slot, adds) : undefined;
      if (!move) continue;
      this.#board.move(move);
      this.#left--;
      moves.push(move);
    }
    return { session, moves };
  }

  /** Earlier moves may have shifted the peak to where this slot adds nothing. */
  #mayHelp(slot: number, adds: number): boolean {
    if (adds < this.#least || adds > this.#fits || !this.#rule.mayMove(slot)) return false;
    const from = this.#from;
    const { look } = this.#rule;
    return from.contribution([slot], from.peakPoint(look), look.spread) > 0;
  }

  #find(slot: number, adds: number): Move | undefined {
    const { look, limit, takesUnknown } = this.#rule;
    const from = this.#from;
    const to = destinationOf(this.#board, slot, from, {
      look: expectedBy(look),
      limit: limit(from.peak(look)),
      takesUnknown,
    });
    if (to) return { slot, from, to };
    this.#fits = adds * SMALLER;
    return undefined;
  }
}

interface Cause {
  readonly verb: "moved" | "mirrored";
  readonly points: number;
  readonly peak: number;
  readonly inMs: Millis;
}

function reasoned(board: PlanBoard, { session, moves }: Group, cause: Cause): ReasonedMove[] {
  const perHost = new Map<HostId, number>();
  for (const { to } of moves) perHost.set(to.plan.host, (perHost.get(to.plan.host) ?? 0) + 1);
  return moves.map((move) => {
    const { from, to, slot } = move;
    const reason = reasonText({
      from: from.plan.host,
      peak: cause.peak,
      inMs: cause.inMs,
      sessionId: session.id,
      adds: session.adds,
      verb: cause.verb,
      slots: perHost.get(to.plan.host) ?? 1,
      ofSlots: board.slot(slot).sessionSlots,
      to: to.plan.host,
      toPeak: to.hasCapacity ? to.peak({ points: cause.points, spread: 0 }) : undefined,
    });
    return { ...move, reason };
  });
}
