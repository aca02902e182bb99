import { type BinCode, isSum, logOf, OFFLINE, UNKNOWN } from "./bin-code.ts";
import type { Tier } from "./tier.ts";

/** What a season says of a bin: on the log1p scale of the bin's sum. */
export interface Expected {
  readonly log: number;
  /** Mean absolute difference of the earlier cycles from it; 0 of two that agree. */
  readonly scatter: number;
  /** Cycles it is made of. */
  readonly cycles: number;
}

/** Cycles looked back: two weeks of days. */
const MOST_CYCLES = 14;

/** The same phase of earlier cycles; ascending, `offline` those in which the device was silent. */
interface Earlier {
  readonly logs: number[];
  readonly offline: number;
}

function earlier(tier: Tier, bin: number, season: number): Earlier {
  const logs: number[] = [];
  let offline = 0;
  for (let cycle = 1; cycle <= MOST_CYCLES && cycle * season <= tier.size + season; cycle++) {
    const code: BinCode = tier.code(bin - cycle * season);
    if (code === UNKNOWN) continue;
    if (code === OFFLINE) offline++;
    else if (isSum(code)) insert(logs, logOf(code));
  }
  return { logs, offline };
}

function insert(sorted: number[], value: number): void {
  let at = sorted.length;
  sorted.push(value);
  for (; at > 0 && (sorted[at - 1] as number) > value; at--) sorted[at] = sorted[at - 1] as number;
  sorted[at] = value;
}

/**
 * The median of the same phase in earlier cycles; undefined where fewer than two are known. A device that is off in
 * most cycles at that phase is expected to be off; else being off says nothing of what it sends when it is on.
 */
export function expected(tier: Tier, bin: number, season: number): Expected | undefined {
  const { logs, offline } = earlier(tier, bin, season);
  if (offline > logs.length) for (let i = 0; i < offline; i++) logs.unshift(0);
  const { length } = logs;
  if (length < 2) return undefined;
  const log = ((logs[(length - 1) >> 1] as number) + (logs[length >> 1] as number)) / 2;
  let scatter = 0;
  for (const one of logs) scatter += Math.abs(one - log) / length;
  return { log, scatter, cycles: length };
}
