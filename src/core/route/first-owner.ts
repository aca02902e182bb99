import type { HostId, SessionId, Share } from "../units.ts";
import { LOAD_FACTOR, loadBound } from "./bounded-load.ts";
import { rendezvous } from "./weighted-rendezvous.ts";

/** A host that may take a new session. */
export interface FirstHost {
  readonly host: HostId;
  /** Relative, > 0. */
  readonly weight: number;
  /** load / capacity, the higher of measured and predicted; 0 where no capacity is known. */
  readonly utilisation: Share;
  /** Slots it owns. */
  readonly slots: number;
}

/** A host that is used less than this takes any session: of next to nothing, the spread does not matter. */
const IDLE = 0.1;

/**
 * Where a new session goes: the most preferred host by weighted rendezvous that is below the threshold, carries no
 * more than its bounded share of the slots and is used no more than 1.25 times as much as the hosts on average
 * (consistent hashing with bounded loads: Mirrokni, Thorup, Zadimoghaddam 2018). What cannot be had is given up in
 * that order from the end: a session always has a host while there is one. Slots count because sessions that have
 * just opened have no load yet. undefined: no host.
 */
export function firstOwner(
  sessionId: SessionId,
  hosts: readonly FirstHost[],
  threshold: Share,
): HostId | undefined {
  const free = hosts.filter(({ utilisation }) => utilisation < threshold);
  if (free.length === 0) return rendezvous(sessionId, hosts);
  const slots = sum(free, (host) => host.slots);
  const weights = sum(free, (host) => host.weight);
  const used = sum(free, (host) => host.utilisation) / free.length;
  const few = free.filter((host) => host.slots < loadBound(slots, host.weight / weights));
  const calm = few.filter(({ utilisation }) => utilisation <= Math.max(IDLE, LOAD_FACTOR * used));
  return rendezvous(sessionId, calm) ?? rendezvous(sessionId, few) ?? rendezvous(sessionId, free);
}

function sum(hosts: readonly FirstHost[], of: (host: FirstHost) => number): number {
  return hosts.reduce((total, host) => total + of(host), 0);
}
