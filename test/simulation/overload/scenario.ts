import type { Due, Source } from "../../../src/demo/devices.ts";

/** One device of a fleet. */
export interface SimSession {
  readonly id: string;
  /** Index of its first slot over all sessions; the others follow. */
  readonly firstSlot: number;
  readonly slots: number;
}

/** A fleet's messages in order of time: the same for every policy. */
export interface Fleet {
  readonly sessions: readonly SimSession[];
  readonly slots: number;
  readonly durationMs: number;
  /** When each message comes, and the slot it is of. */
  readonly atMs: Float64Array;
  readonly slotOf: Uint16Array;
  /** Session of each slot. */
  readonly sessionOf: Uint16Array;
}

export interface SimHostSpec {
  readonly host: string;
  /** Messages/s at full speed: what is declared. */
  readonly perSec: number;
  /** Its speed at a time, 1 = as declared. */
  readonly speed: (atMs: number) => number;
}

export interface Scenario {
  readonly name: string;
  /** Whether the load repeats, so that a forecast may help. */
  readonly isRepeating: boolean;
  /** Made of recorded traffic. */
  readonly isRecorded?: boolean;
  readonly fleet: Fleet;
  readonly hosts: readonly SimHostSpec[];
  readonly crash?: { readonly host: string; readonly fromMs: number; readonly untilMs: number };
  /** Nothing is measured before; default: WARM_UP_MS. */
  readonly warmUpMs?: number;
  /** A pool's dwell; default: its dialog's. */
  readonly dwellMs?: number;
}

/** Nothing is measured before: forecasters begin without history. */
export const WARM_UP_MS = 720_000;
export const DURATION_MS = 1_800_000;
export const HOSTS = 4;

/** Plays sources side by side for a while; each channel of a device is a key and has a slot of its own. */
export function fleetOf(sources: readonly Source[], durationMs: number = DURATION_MS): Fleet {
  const all: { atMs: number; slot: number }[] = [];
  const sessions: SimSession[] = [];
  const sessionOf: number[] = [];
  for (const source of sources) {
    const due = played(source, durationMs);
    if (due.length === 0) continue;
    const channels = new Map<string, number>();
    const firstSlot = sessionOf.length;
    for (const { channel, dueMs } of due) {
      let slot = channels.get(channel);
      if (slot === undefined) {
        slot = sessionOf.length;
        channels.set(channel, slot);
        sessionOf.push(sessions.length);
      }
      all.push({ atMs: dueMs, slot });
    }
    sessions.push({ id: source.device, firstSlot, slots: channels.size });
  }
  all.sort((a, b) => a.atMs - b.atMs);
  return {
    sessions,
    slots: sessionOf.length,
    durationMs,
    atMs: Float64Array.from(all, ({ atMs }) => atMs),
    slotOf: Uint16Array.from(all, ({ slot }) => slot),
    sessionOf: Uint16Array.from(sessionOf),
  };
}

function played(source: Source, durationMs: number): Due[] {
  const due: Due[] = [];
  for (let next = source.next(); next && next.dueMs < durationMs; next = source.next()) due.push(next);
  return due;
}

/** Hosts alike whose capacity makes the fleet's mean utilisation `load`. */
export function hostsFor(fleet: Fleet, load: number, speed?: SimHostSpec["speed"][]): SimHostSpec[] {
  const perSec = (fleet.atMs.length * 1000) / fleet.durationMs / load / HOSTS;
  return Array.from({ length: HOSTS }, (_, i) => ({
    host: `host-${i + 1}`,
    perSec,
    speed: speed?.[i] ?? (() => 1),
  }));
}
