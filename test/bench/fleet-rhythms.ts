/** Sessions that send as recorded devices do, each from another place of a trace; synthetic where there is no data. */
import { seededRandom } from "../support/seeded-random.ts";
import { dataFolder, readTraces } from "./traces.ts";

/** Longer gaps are outages of the recorders. */
const LONGEST_GAP_MS = 1_800_000;
const LEAST_MESSAGES = 64;

interface Rhythm {
  readonly gaps: readonly number[];
  readonly bytes: readonly number[];
}

export interface Fleet {
  /** What the rhythms are of. */
  readonly source: string;
  /** Each session goes on from where it is in its rhythm; its next message comes after `nowMs`. */
  begin(nowMs: number): void;
  /** Calls `send` for each message up to `nowMs`, in their order. */
  until(nowMs: number, send: (id: string, atMs: number, bytes: number) => void): void;
}

function recorded(folder: string): Rhythm[] {
  return readTraces(folder)
    .filter(({ times }) => times.length >= LEAST_MESSAGES)
    .map(({ times, bytes }) => ({
      gaps: times.slice(1).map((time, i) => Math.min(LONGEST_GAP_MS, time - (times[i] ?? 0))),
      bytes,
    }));
}

/** Polls of 4 s to 10 min with send-on-change, and events by chance. */
function synthetic(): Rhythm[] {
  const random = seededRandom(5);
  return [4_000, 7_000, 30_000, 60_000, 300_000, 600_000].flatMap((periodMs) => {
    const polled = Array.from({ length: 500 }, () => periodMs * Math.ceil(3 * random.next()));
    const chance = Array.from({ length: 500 }, () => -periodMs * Math.log(1 - random.next()));
    return [polled, chance].map((gaps) => ({ gaps, bytes: gaps.map(() => 40 + 200 * random.next()) }));
  });
}

interface Session {
  readonly id: string;
  readonly rhythm: Rhythm;
  at: number;
}

/** Width of a bucket of the calendar of what comes next, ms. */
const BUCKET_MS = 10;

export function fleetOf(count: number): Fleet {
  const folder = dataFolder();
  const rhythms = folder === undefined ? synthetic() : recorded(folder);
  const random = seededRandom(1);
  const sessions: Session[] = Array.from({ length: count }, (_, i) => {
    const rhythm = rhythms[i % rhythms.length] as Rhythm;
    return { id: `site/device-${i}/up`, rhythm, at: Math.floor(random.next() * rhythm.gaps.length) };
  });
  const calendar = new Map<number, { readonly session: Session; readonly atMs: number }[]>();
  let bucket = 0;
  const plan = (session: Session, fromMs: number): void => {
    const { gaps } = session.rhythm;
    session.at = (session.at + 1) % gaps.length;
    const atMs = fromMs + (gaps[session.at] ?? 0);
    const key = Math.max(bucket, Math.floor(atMs / BUCKET_MS));
    const planned = calendar.get(key);
    if (planned) planned.push({ session, atMs });
    else calendar.set(key, [{ session, atMs }]);
  };
  return {
    source: folder === undefined ? "synthetic" : "recorded",
    begin(nowMs) {
      calendar.clear();
      bucket = Math.floor(nowMs / BUCKET_MS);
      for (const session of sessions) plan(session, nowMs - random.next() * 4_000);
    },
    until(nowMs, send) {
      for (; (bucket + 1) * BUCKET_MS <= nowMs; bucket++) {
        // What a message of this bucket is followed by within it comes in its turn: the array grows as it is walked.
        for (const { session, atMs } of calendar.get(bucket) ?? []) {
          send(session.id, atMs, Math.round(session.rhythm.bytes[session.at] ?? 100));
          plan(session, atMs);
        }
        calendar.delete(bucket);
      }
    },
  };
}
