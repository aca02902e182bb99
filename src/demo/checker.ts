import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import type { Millis } from "../core/ports.ts";
import type { Result } from "./result.ts";

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
  /**
   * First outputs whose count was not their n, of devices with one key: the state did not follow its session.
   * A device with several keys may have two in one slot, which then count together.
   */
  readonly wrongState: number;
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
  /** So often it was handed to the palette again. */
  again?: number;
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

interface DeviceLedger {
  keys: number;
  /** Messages that never reached the palette. */
  missing: number;
  wrongState: number;
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
  readonly #devices = new Map<string, DeviceLedger>();
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
      this.#device(device).keys++;
    }
    ledger.messages.set(n, { sentMs: atMs, id: undefined });
    ledger.forget();
    this.#sent++;
  }

  /** The broker did not take it after all: it never was sent. */
  unsent(device: string, key: string, n: number): void {
    const ledger = this.#keys.get(pair(device, key));
    // An output all the same proves that the broker had it.
    if (!ledger || ledger.messages.get(n)?.id !== undefined) return;
    if (ledger.messages.delete(n)) this.#sent--;
  }

  /** Sent, and nothing of it came out. */
  isOutstanding(device: string, key: string, n: number): boolean {
    const message = this.#keys.get(pair(device, key))?.messages.get(n);
    return message !== undefined && message.id === undefined;
  }

  /** It never reached the palette, and nothing later of its device had been sent: state counts on without it. */
  lostUpstream(device: string, key: string, n: number): void {
    if (!this.isOutstanding(device, key, n)) return;
    this.unsent(device, key, n);
    this.#device(device).missing++;
  }

  /** Whoever hands the messages over gave the palette this one once more, to be told apart from the first by nobody. */
  sentAgain(device: string, key: string, n: number): void {
    const message = this.#keys.get(pair(device, key))?.messages.get(n);
    if (!message) return;
    message.again = (message.again ?? 0) + 1;
    if ((message.more?.length ?? 0) >= message.again) this.#duplicated--;
  }

  #device(device: string): DeviceLedger {
    const ledger = this.#devices.get(device) ?? { keys: 0, missing: 0, wrongState: 0 };
    this.#devices.set(device, ledger);
    return ledger;
  }

  /** An output arrived. */
  result({ device, key, n, host, id, count = n }: Result, atMs: Millis): void {
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
      this.#further(message, id);
      return;
    }
    message.id = id;
    this.#first(device, ledger, n, count);
  }

  #further(message: Sent, id: string): void {
    message.more = [...(message.more ?? []), id];
    if (message.more.length > (message.again ?? 0)) this.#duplicated++;
  }

  /** The first output of a message. */
  #first(device: string, ledger: KeyLedger, n: number, count: number): void {
    this.#delivered++;
    const ofDevice = this.#device(device);
    if (count !== n - ofDevice.missing) ofDevice.wrongState++;
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
      wrongState: [...this.#devices.values()].reduce(
        (sum, each) => sum + (each.keys === 1 ? each.wrongState : 0),
        0,
      ),
      sessions: this.#devices.size,
      latencyMs: { p50: percentile(50), p99: percentile(99) },
      hosts: Object.fromEntries(hosts),
    };
  }
}
