/** Name of a host, as declared in the pool or announced by its heartbeat. */
export type HostId = string;
/** One device's conversation. Untrusted: may hold any character. */
export type SessionId = string;
/** Index of a slot within its session, 0..K-1. */
export type SlotIndex = number;
/** Share of a session's traffic, from 0 (none) to 1 (all). */
export type Share = number;
/** Bytes per second. */
export type Bps = number;
/** Messages (or other things) per second. */
export type PerSec = number;
/** Ownership generation of a slot: grows with each change of owner, first epoch 1. */
export type Epoch = number;
/** Position of a message in its slot's stream, from 1; 0 = nothing yet. */
export type Seq = number;
/** Revision of a key in a store: 0 = absent, else a positive integer that grows with each write. */
export type Revision = number;

/** What a host can carry or does carry; a host may be limited by messages, by bytes, or by both. */
export interface Rate {
  readonly messagesPerSec: PerSec;
  readonly bytesPerSec: Bps;
}

/** Declared or measured limits; an absent limit does not bind. */
export interface Capacity {
  readonly messagesPerSec?: PerSec;
  readonly bytesPerSec?: Bps;
}

/** load / capacity: the tightest of the limits that are set; 0 where none is. */
export function utilisation(load: Rate, capacity: Capacity): number {
  const byMessages = capacity.messagesPerSec ? load.messagesPerSec / capacity.messagesPerSec : 0;
  const byBytes = capacity.bytesPerSec ? load.bytesPerSec / capacity.bytesPerSec : 0;
  return Math.max(byMessages, byBytes);
}
