import type { Millis } from "../ports.ts";
import type { Capacity, Share } from "../units.ts";

/** Between two heartbeats, in which the delay was measured. */
const INTERVAL_MS: Millis = 500;
/** So much delay is a busy process's everyday: garbage collection, a large message. */
const USUAL_MS: Millis = 50;
/** Messages whose work may keep the loop at once without anything being wrong: one that works, one that comes due. */
const MESSAGES = 2;
/** Where messages/s are not limited: a message's work is not known. */
const UNKNOWN_WORK_MS: Millis = 100;
/** The share follows by 1 - 1/e in so long: one long pause moves no session, a loop that stays blocked does. */
const FOLLOW_MS: Millis = 5000;

/**
 * Share of its capacity that a host has while its event loop is held up by `delayP99Ms` (Node.js,
 * `perf_hooks.monitorEventLoopDelay`): of an interval and the time that it is late, the interval is left. What the
 * messages' own work takes is not counted: it is in the capacity.
 */
export function loopShare(delayP99Ms: Millis, { messagesPerSec }: Capacity): Share {
  const workMs = messagesPerSec !== undefined && messagesPerSec > 0 ? 1000 / messagesPerSec : UNKNOWN_WORK_MS;
  const late = Math.max(0, delayP99Ms - USUAL_MS - MESSAGES * workMs);
  return INTERVAL_MS / (INTERVAL_MS + late);
}

/** The share after `elapsedMs` in which the latest one was `latest`. */
export function followShare(before: Share, latest: Share, elapsedMs: Millis): Share {
  return latest + (before - latest) * Math.exp(-Math.max(0, elapsedMs) / FOLLOW_MS);
}

/**
 * What a host can carry: what was measured while it was busy, else what is declared; in both cases no more than its
 * loop leaves of the larger of the two, since a rate that was measured while the loop was held up has that in it.
 */
export function carriedCapacity(prior: Capacity, measured: number | undefined, share: Share): Capacity {
  const { messagesPerSec, bytesPerSec } = prior;
  const messages = measured ?? messagesPerSec;
  const most = Math.max(measured ?? 0, messagesPerSec ?? 0) * share;
  return {
    ...prior,
    ...(messages === undefined ? undefined : { messagesPerSec: Math.min(messages, most) }),
    ...(bytesPerSec === undefined ? undefined : { bytesPerSec: bytesPerSec * share }),
  };
}
