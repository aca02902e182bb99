import type { Millis } from "../ports.ts";
import type { HostId, Share } from "../units.ts";

/** A host's weight went from one share of the traffic to another. */
export interface WeightMove {
  readonly host: HostId;
  readonly from: Share;
  readonly to: Share;
  /** When it began, and when it was last seen to go on; of the route's clock. */
  readonly sinceMs: Millis;
  readonly atMs: Millis;
  /** For people. */
  readonly reason: string;
}

/** What a host weighs now, and why if that is new. */
export interface Weighed {
  readonly host: HostId;
  readonly share: Share;
  readonly reason: string;
}

/** Moves that are remembered. */
export const MOST_MOVES = 20;
/** Smaller ones are noise of measuring. */
export const LEAST_MOVE: Share = 0.02;
/** Steps that follow each other within it, one way and for one kind of reason, are one move. */
const PAUSE_MS = 5000;

/** "latency 12 ms" and "latency 15 ms" are one kind. */
const kindOf = (reason: string): string => reason.replace(/[\d.]+/gu, "#");

/** The table of how weights moved, newest last, bounded. Pure: the same weights in, the same table out. */
export class WeightLog {
  #moves: readonly WeightMove[] = [];
  readonly #known = new Map<HostId, Share>();

  get moves(): readonly WeightMove[] {
    return this.#moves;
  }

  see(weights: readonly Weighed[], nowMs: Millis): void {
    for (const weighed of weights) {
      const known = this.#known.get(weighed.host);
      if (known === undefined) this.#known.set(weighed.host, weighed.share);
      else if (Math.abs(weighed.share - known) >= LEAST_MOVE) this.#note(weighed, known, nowMs);
    }
  }

  #note({ host, share, reason }: Weighed, from: Share, nowMs: Millis): void {
    this.#known.set(host, share);
    const at = this.#moves.findLastIndex((move) => move.host === host);
    const last = this.#moves[at];
    const goesOn =
      last !== undefined &&
      nowMs - last.atMs <= PAUSE_MS &&
      Math.sign(last.to - last.from) === Math.sign(share - from) &&
      kindOf(last.reason) === kindOf(reason);
    if (goesOn) {
      const longer = { ...last, to: share, atMs: nowMs, reason };
      this.#moves = [...this.#moves.toSpliced(at, 1), longer];
    } else {
      const move = { host, from, to: share, sinceMs: nowMs, atMs: nowMs, reason };
      this.#moves = [...this.#moves, move].slice(-MOST_MOVES);
    }
  }
}
