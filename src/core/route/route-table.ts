import type { HostId, Share } from "../units.ts";
import type { HostView } from "./host-view.ts";
import { toShares } from "./weight-control.ts";

/** How messages are spread now: immutable, swapped whole, so that no pick sees half of a change. */
export interface RouteTable {
  readonly hosts: readonly HostId[];
  /** Each host's share of the traffic: they sum to 1, or are all 0 where no host is usable. */
  readonly shares: readonly Share[];
  /** Hosts that may be picked, as indices. */
  readonly usable: readonly number[];
  /** More than half of the pool is out: ejections and missed heartbeats are not believed (Envoy's panic threshold). */
  readonly panic: boolean;
  /** Whether a host that owns a session may be sent its messages. */
  readonly takesOwned: readonly boolean[];
  readonly strategy: "p2c" | "round-robin";
  /** Hosts tell how they do: bounded load applies. */
  readonly isFresh: boolean;
}

export type Standing = "in" | "out" | "closed";

/** "out": by what may be a mistake, panic takes it back. "closed": the host itself takes nothing new. */
export function standingOf(state: HostView["state"], isEjected: boolean): Standing {
  if (state === "draining" || state === "gone") return "closed";
  return state === "suspect" || isEjected ? "out" : "in";
}

/** Fewer than half of the hosts that could take something are left: all of them are used. */
export function isPanic(standings: readonly Standing[]): boolean {
  const isIn = standings.filter((standing) => standing === "in").length;
  const isOut = standings.filter((standing) => standing === "out").length;
  return isOut > 0 && isIn < (isIn + isOut) / 2;
}

export interface TableInput {
  readonly hosts: readonly HostId[];
  readonly states: readonly HostView["state"][];
  readonly standings: readonly Standing[];
  /** Relative, before standings. */
  readonly weights: readonly number[];
  readonly strategy: RouteTable["strategy"];
  readonly isFresh: boolean;
}

export function tableOf({ hosts, states, standings, weights, strategy, isFresh }: TableInput): RouteTable {
  const panic = isPanic(standings);
  const isUsable = (i: number): boolean => standings[i] === "in" || (panic && standings[i] === "out");
  const shares = toShares(weights.map((weight, i) => (isUsable(i) ? weight : 0)));
  const usable = shares.flatMap((share, i) => (share > 0 ? [i] : []));
  // Who owns what is the plan's: errors alone do not part a session from its owner.
  const takesOwned = states.map((state) => state !== "gone" && (state !== "suspect" || panic));
  return { hosts, shares, usable, panic, takesOwned, strategy, isFresh };
}
