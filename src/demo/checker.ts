import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import type { Millis } from "../core/ports.ts";

/** What the hosts' flows publish on `results/#`. */
export interface Result {
  readonly device: string;
  readonly key: string;
  readonly n: number;
  readonly host: string;
  /** The output's id: the same id again is a repeat, dropped by whoever receives it. */
  readonly id: string;
}

export interface HostTally {
  /** Seconds in which an output of this host came later than 0.5 s after its message was sent. */
  readonly overloadSeconds: number;
  /** Messages processed per second of run ÷ capacity. */
  readonly meanUtilisation: number;
  readonly committed: number;
}

export interface Tally {
  readonly sent: number;
  /** Messages whose output arrived. */
  readonly delivered: number;
  /** Outputs that took effect: distinct output ids. */
  readonly committed: number;
  readonly lost: number;
  /** Outputs of a message that had one under another id: it would take effect twice. */
  readonly duplicated: number;
  /** Messages of a key whose first output came after a later message's. */
  readonly reordered: number;
  /** Repeats of an output id. */
  readonly reemitted: number;
  /** Results for messages that nobody sent, or that are not results at all; a fault of the set-up. */
  readonly unknown: number;
  readonly sessions: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number };
  readonly hosts: Readonly<Record<string, HostTally>>;
}

/** An output this late counts its second as overloaded. */
export const OVERLOAD_MS = 500;
/** Delivered messages remembered per key to tell repeats from duplicates. */
const REMEMBERED = 20_000;

interface Sent {
  readonly sentMs: Millis;
  /** Id of the first output; undefined: none came yet. */
  id: string | undefined;
  /** Ids of further outputs; almost always absent. */
  more?: string[];
}

class KeyLedger {
  readonly messages: Map<number, Sent> = new Map();
  /** Highest n whose output came. */
  highest = 0;
  /** Messages up to this n were delivered and are no longer remembered. */
  forgotten = 0;

  forget(): void {
    for (const [n, sent] of this.messages) {
      if (this.messages.size <= REMEMBERED || sent.id === undefined) return;
      this.messages.delete(n);
      this.forgotten = n;
    }
  }
}

interface HostLedger {
  committed: number;
  overloadSeconds: number;
  lastOverloadSecond: number;
}

/** A Map key for a pair of names of any characters. */
const pair = (device: string, key: string): string => `${device.length}:${device}${key}`;

/**
 * Compares what the fleet sent with what came out at the far end. Knows nothing of the palette's counters, and
 * takes the times of both ends from the caller.
 */
export class Checker {
  readonly #keys = new Map<string, KeyLedger>();
  readonly #devices = new Set<string>();
  readonly #hosts: Map<string, HostLedger>;
  readonly #latency: RecordableHistogram = createHistogram();
  readonly #capacityPerSec: number;
  #sent = 0;
  #delivered = 0;
  #committed = 0;
  #duplicated = 0;
  #reordered = 0;
  #reemitted = 0;
  #unknown = 0;

  constructor(hosts: readonly string[], capacityPerSec: number) {
    this.#capacityPerSec = capacityPerSec;
    const fresh = (): HostLedger => ({ committed: 0, overloadSeconds: 0, lastOverloadSecond: -1 });
    this.#hosts = new Map(hosts.map((host) => [host, fresh()]));
  }

  /** Messages sent and not yet seen at the far end. */
  get outstanding(): number {
    return this.#sent - this.#delivered;
  }

  /** A message is about to be published. */
  sent(device: string, key: string, n: number, atMs: Millis): void {
    const name = pair(device, key);
    let ledger = this.#keys.get(name);
    if (!ledger) {
      ledger = new KeyLedger();
      this.#keys.set(name, ledger);
    }
    ledger.messages.set(n, { sentMs: atMs, id: undefined });
    ledger.forget();
    this.#devices.add(device);
    this.#sent++;
  }

  /** The broker did not take it after all: it never was sent. */
  unsent(device: string, key: string, n: number): void {
    const ledger = this.#keys.get(pair(device, key));
    // An output all the same proves that the broker had it.
    if (!ledger || ledger.messages.get(n)?.id !== undefined) return;
    if (ledger.messages.delete(n)) this.#sent--;
  }

  /** An output arrived. */
  result({ device, key, n, host, id }: Result, atMs: Millis): void {
    const ledger = this.#keys.get(pair(device, key));
    const message = ledger?.messages.get(n);
    if (!ledger || !message) {
      // Long forgotten: it was delivered once, so this one counts as a second effect, to be on the safe side.
      if (ledger && n >= 1 && n <= ledger.forgotten) this.#duplicated++;
      else this.#unknown++;
      return;
    }
    if (message.id === id || message.more?.includes(id)) {
      this.#reemitted++;
      return;
    }
    this.#committed++;
    this.#countAt(host, message.sentMs, atMs);
    if (message.id !== undefined) {
      this.#duplicated++;
      message.more = [...(message.more ?? []), id];
      return;
    }
    message.id = id;
    this.#delivered++;
    if (n < ledger.highest) this.#reordered++;
    else ledger.highest = n;
  }

  /** Something on the results topic that is not a result. */
  notAResult(): void {
    this.#unknown++;
  }

  #countAt(host: string, sentMs: Millis, atMs: Millis): void {
    const latencyMs = Math.max(0, atMs - sentMs);
    // The histogram takes whole numbers from 1: microseconds.
    this.#latency.record(Math.max(1, Math.round(latencyMs * 1000)));
    const ledger = this.#hosts.get(host);
    if (!ledger) return;
    ledger.committed++;
    const second = Math.floor(atMs / 1000);
    if (latencyMs > OVERLOAD_MS && second !== ledger.lastOverloadSecond) {
      ledger.lastOverloadSecond = second;
      ledger.overloadSeconds++;
    }
  }

  tally(seconds: number): Tally {
    const percentile = (percent: number): number =>
      this.#latency.count === 0 ? 0 : Math.round(this.#latency.percentile(percent) / 100) / 10;
    const hosts = [...this.#hosts].map(([host, { overloadSeconds, committed }]) => {
      const meanUtilisation = seconds > 0 ? committed / seconds / this.#capacityPerSec : 0;
      return [
        host,
        { overloadSeconds, meanUtilisation: Math.round(meanUtilisation * 1000) / 1000, committed },
      ] as const;
    });
    return {
      sent: this.#sent,
      delivered: this.#delivered,
      committed: this.#committed,
      lost: this.outstanding,
      duplicated: this.#duplicated,
      reordered: this.#reordered,
      reemitted: this.#reemitted,
      unknown: this.#unknown,
      sessions: this.#devices.size,
      latencyMs: { p50: percentile(50), p99: percentile(99) },
      hosts: Object.fromEntries(hosts),
    };
  }
}

/** What arrived on `results/…`, if it is a result. */
export function resultOf(payload: string): Result | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { device, key, n, host, id } = value as Partial<Record<keyof Result, unknown>>;
  const known = typeof device === "string" && typeof host === "string" && typeof id === "string";
  if (!known || typeof n !== "number" || !Number.isInteger(n)) return undefined;
  return { device, key: typeof key === "string" ? key : "", n, host, id };
}
