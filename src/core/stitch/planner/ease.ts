import type { HostId, SessionId } from "../../units.ts";
import type { HostOutlook, Look } from "./host-outlook.ts";
import { Trait } from "./outlook.ts";
import type { Move, PlanBoard } from "./plan-board.ts";

/** How one pass looks for what to move. */
export interface EaseRule {
  readonly look: Look;
  /** A session's move pays when it takes so many lead times of overload off the pool… */
  readonly leastGain: number;
  readonly mayMove: (slot: number) => boolean;
  /** Most slots that move. */
  readonly most: number;
}

export interface Relief extends Move {
  readonly sessionId: SessionId;
  /** Of the host that is relieved, before anything moved. */
  readonly peak: number;
  readonly peakPoint: number;
}

/** …each slot of it so many more: a hand-over costs the same for the smallest slot… */
const SLOT_COST = 1 / 30;
/** …and further slots of a session that moves already are worth that much. */
const LEAST_MORE = 7 / 150;
/** A secondary is warm already: worth so much of a difference between destinations. */
const WARM = 0.02;
/** Sessions of a host that are tried, the largest; the others are not felt. */
const TRIED = 16;
/** Destinations that are tried: on a large pool those that are emptiest. */
const DESTINATIONS = 6;

interface Candidate {
  readonly sessionId: SessionId;
  /** The largest first. */
  readonly slots: readonly number[];
  readonly height: number;
}

interface Placing {
  readonly offer: Omit<Move, "to">;
  readonly sessionId: SessionId;
  /** What the host that they leave gains. */
  readonly freedSec: number;
  readonly leastSec: number;
  readonly destinations: readonly HostOutlook[];
}

interface Found {
  readonly move: Move;
  readonly sessionId: SessionId;
  readonly gainSec: number;
}

/**
 * Lowers the seconds of overload that the whole pool has to be reckoned with, by one move after the other, the one that
 * gains most per slot first, until none is worth a hand-over. A host need not be full for it: what gains is done early. And where
 * all are, nothing is gained by passing the excess round.
 */
export function ease(board: PlanBoard, rule: EaseRule): Relief[] {
  return new Search(board, rule).run();
}

class Search {
  readonly #board: PlanBoard;
  readonly #rule: EaseRule;
  readonly #moved = new Set<number>();
  readonly #movedSessions = new Set<SessionId>();
  /** The best that is known of each host; absent: to be looked for. */
  readonly #best = new Map<HostOutlook, Found | undefined>();
  readonly #strains = new Map<HostOutlook, number>();
  /** As they were at first: nothing that moves here moves on. */
  readonly #candidates = new Map<HostOutlook, readonly Candidate[]>();
  readonly #peaks: ReadonlyMap<HostOutlook, { readonly peak: number; readonly peakPoint: number }>;
  #left: number;

  constructor(board: PlanBoard, rule: EaseRule) {
    this.#board = board;
    this.#rule = rule;
    this.#left = rule.most;
    const { spread } = rule.look;
    this.#peaks = new Map(
      board.hosts.map((host) => [host, { peak: host.peak(spread), peakPoint: host.peakPoint(spread) }]),
    );
  }

  run(): Relief[] {
    const reliefs: Relief[] = [];
    while (this.#left > 0) {
      const found = this.#next();
      if (!found) break;
      const { move, sessionId } = found;
      this.#board.move(move);
      this.#left -= move.slots.length;
      for (const slot of move.slots) this.#moved.add(slot);
      this.#movedSessions.add(sessionId);
      this.#forget(move);
      const { peak = 0, peakPoint = 0 } = this.#peaks.get(move.from) ?? {};
      reliefs.push({ ...move, sessionId, peak, peakPoint });
    }
    return reliefs;
  }

  #next(): Found | undefined {
    let best: Found | undefined;
    for (const host of this.#board.hosts) {
      if (host.plan.state === "closed" || !host.hasCapacity) continue;
      if (!this.#best.has(host)) this.#best.set(host, this.#search(host));
      const found = this.#best.get(host);
      best = better(found, best);
    }
    return best;
  }

  /** What was found before is void where one of the two hosts has a part in it. */
  #forget({ from, to }: Move): void {
    for (const host of [from, to]) {
      this.#strains.delete(host);
      this.#best.delete(host);
    }
    for (const [host, found] of this.#best)
      if (found && (found.move.to === from || found.move.to === to)) this.#best.delete(host);
  }

  #seconds(leadTimes: number): number {
    return leadTimes * this.#rule.look.pointSec;
  }

  #strain(host: HostOutlook): number {
    let strain = this.#strains.get(host);
    if (strain === undefined) {
      strain = host.strain(this.#rule.look);
      this.#strains.set(host, strain);
    }
    return strain;
  }

  #search(from: HostOutlook): Found | undefined {
    if (this.#strain(from) < this.#seconds(this.#rule.leastGain)) return undefined;
    const destinations = this.#destinations(from);
    let best: Found | undefined;
    let candidates = this.#candidates.get(from);
    if (!candidates) {
      candidates = this.#largest(from);
      this.#candidates.set(from, candidates);
    }
    for (const { sessionId, slots, height } of candidates) {
      const left = slots.filter((slot) => !this.#moved.has(slot));
      best = this.#try({ sessionId, slots: left, height }, from, destinations, best);
    }
    return best;
  }

  #destinations(from: HostOutlook): readonly HostOutlook[] {
    const open = this.#board.hosts.filter(
      (host) => host !== from && host.plan.state === "open" && host.hasCapacity,
    );
    if (open.length <= DESTINATIONS) return open;
    return open.sort((a, b) => this.#strain(a) - this.#strain(b)).slice(0, DESTINATIONS);
  }

  /** The largest sessions of a host, of those that may move. */
  #largest(from: HostOutlook): readonly Candidate[] {
    const largest: Candidate[] = [];
    const split = new Map<SessionId, number[]>();
    for (const slot of from.slots) {
      const height = this.#board.height(slot, from);
      const isAlone = this.#board.is(slot, Trait.alone);
      if ((isAlone && !fits(largest, height)) || this.#moved.has(slot) || !this.#rule.mayMove(slot)) continue;
      const { id } = this.#board.slot(slot);
      if (isAlone) keep(largest, { sessionId: id.sessionId, slots: [slot], height });
      else split.set(id.sessionId, [...(split.get(id.sessionId) ?? []), slot]);
    }
    for (const [sessionId, slots] of split) {
      slots.sort((a, b) => this.#board.height(b, from) - this.#board.height(a, from));
      const height = slots.reduce((sum, slot) => sum + this.#board.height(slot, from), 0);
      if (fits(largest, height)) keep(largest, { sessionId, slots, height });
    }
    return largest;
  }

  /** One slot of it, two, four… up to all, to each destination: what beats `best`, or that. */
  #try(
    candidate: Candidate,
    from: HostOutlook,
    destinations: readonly HostOutlook[],
    known: Found | undefined,
  ): Found | undefined {
    const { sessionId, slots } = candidate;
    const leastSec = this.#seconds(this.#movedSessions.has(sessionId) ? LEAST_MORE : this.#rule.leastGain);
    const costSec = this.#seconds(SLOT_COST);
    const most = Math.min(slots.length, this.#left);
    let best = known;
    for (let count = 1; count <= most; count = count < most ? Math.min(most, 2 * count) : most + 1) {
      const bundle = this.#board.bundle(slots.slice(0, count), from);
      const freedSec = this.#strain(from) - from.strain(this.#rule.look, bundle, -1) - count * costSec;
      if (freedSec < leastSec) continue;
      // No destination is relieved by what comes: none gains more than that.
      if (best && (freedSec + this.#seconds(WARM)) / count <= perSlot(best)) continue;
      const offer = { slots: slots.slice(0, count), bundle, from };
      best = better(this.#place({ offer, sessionId, freedSec, leastSec, destinations }), best);
    }
    return best;
  }

  /** The destination where the bundle does least harm; one that nothing is known of, where no other will do. */
  #place({ offer, sessionId, freedSec, leastSec, destinations }: Placing): Found | undefined {
    const secondaries = this.#secondaries(offer.slots[0] as number);
    let best: Found | undefined;
    for (const to of destinations) {
      const harmSec = to.strain(this.#rule.look, offer.bundle) - this.#strain(to);
      const savedSec = freedSec - harmSec;
      const gainSec = savedSec + (secondaries.includes(to.plan.host) ? this.#seconds(WARM) : 0);
      if (savedSec >= leastSec && gainSec > (best?.gainSec ?? 0))
        best = { move: { ...offer, to }, sessionId, gainSec };
      if (best && harmSec === 0 && secondaries.length === 0) break;
    }
    const unknown = best ? undefined : this.#leastOfUnknown(offer.from);
    return unknown ? { move: { ...offer, to: unknown }, sessionId, gainSec: freedSec } : best;
  }

  #secondaries(slot: number): readonly HostId[] {
    return this.#board.is(slot, Trait.mirrored) ? this.#board.slot(slot).secondaries : [];
  }

  /** Of the hosts whose capacity nobody knows, the one that carries least. */
  #leastOfUnknown(from: HostOutlook): HostOutlook | undefined {
    let least: HostOutlook | undefined;
    for (const host of this.#board.hosts) {
      if (host === from || host.plan.state !== "open" || host.hasCapacity) continue;
      if (!least || host.busiest < least.busiest) least = host;
    }
    return least;
  }
}

/** The session's slots go one by one where that is as good, so that each finds its own best host. */
const perSlot = ({ move, gainSec }: Pick<Found, "move" | "gainSec">): number => gainSec / move.slots.length;

const better = (found: Found | undefined, best: Found | undefined): Found | undefined =>
  found && (!best || perSlot(found) > perSlot(best)) ? found : best;

function fits(largest: readonly Candidate[], height: number): boolean {
  return height > 0 && (largest.length < TRIED || height > (largest.at(-1) as Candidate).height);
}

/** Keeps the list in order and short. */
function keep(largest: Candidate[], candidate: Candidate): void {
  let i = Math.min(largest.length, TRIED - 1);
  for (; i > 0 && (largest[i - 1] as Candidate).height < candidate.height; i--)
    largest[i] = largest[i - 1] as Candidate;
  largest[i] = candidate;
}
