import type { Millis } from "../ports.ts";
import type { HostLoad } from "../record/host-load.ts";
import type { DeclaredHost } from "../stitch/pool-settings.ts";
import type { HostId } from "../units.ts";
import { HostEntry } from "./host-entry.ts";
import type { HostNews } from "./host-news.ts";
import type { HostFeedback, HostStanding } from "./host-view.ts";

export interface HostTableOptions {
  readonly declared: readonly DeclaredHost[];
  /** Take hosts from heartbeats that are not declared. */
  readonly discover: boolean;
}

export const HEARTBEAT_MS = 500;
/** So many heartbeats missed make a host suspect. */
export const MISSES = 3;
/** A heartbeat may be late by so much, and look at it so seldom, ms. */
const LATE_MS = 250;
/** Failures in a row after which a wired host is ejected (Envoy: consecutive_5xx). */
export const FAILURES = 5;
/** First ejection; the n-th is n times as long (Envoy: base_ejection_time), up to the most. */
const EJECTION_MS = 30_000;
const MAX_EJECTION_MS = 300_000;
/** Hosts are announced by whoever may publish: bounded. */
const MAX_HOSTS = 256;
/** An undeclared host that was away for so long is forgotten. */
const FORGET_MS = 600_000;

/** Who is there: the declared hosts, their heartbeats by arrival on the gateway's clock, and how deliveries went. */
export class HostTable {
  readonly #discover: boolean;
  readonly #entries = new Map<HostId, HostEntry>();
  /**
   * Time in which heartbeats could be heard: while this process stood still or its link was down nobody is missed.
   */
  #listenedMs: Millis = 0;
  #tickAtMs: Millis | undefined;

  constructor({ declared, discover }: HostTableOptions) {
    this.#discover = discover;
    for (const { host, weight, capacity } of declared)
      this.#entries.set(host, new HostEntry(host, weight, capacity, true));
  }

  /** Known from now on, its capacity not. */
  declare(host: HostId): void {
    if (!this.#entries.has(host)) this.#entries.set(host, new HostEntry(host, 1, undefined, true));
  }

  get size(): number {
    return this.#entries.size;
  }

  standing(host: HostId): HostStanding | undefined {
    return this.#entries.get(host)?.standing();
  }

  standings(): HostStanding[] {
    return Array.from(this.#entries.values(), (entry) => entry.standing());
  }

  heartbeat(load: HostLoad, nowMs: Millis): HostNews[] {
    let entry = this.#entries.get(load.host);
    if (!entry) {
      if (!this.#discover || this.#entries.size >= MAX_HOSTS || load.state === "gone") return [];
      entry = new HostEntry(load.host, 1, undefined, false);
      this.#entries.set(load.host, entry);
    }
    return entry.heard(load, nowMs, this.#listenedMs);
  }

  /** Empties a host, or lets it take slots again; false: nobody knows it. */
  drain(host: HostId, isWanted: boolean): boolean {
    this.#entries.get(host)?.drain(isWanted);
    return this.#entries.has(host);
  }

  /** By `drain`; a host may also ask for it by its heartbeat. */
  isDrained(host: HostId): boolean {
    return this.#entries.get(host)?.isDrained ?? false;
  }

  /** A delivery went well or not. Only a host that sends no heartbeats is judged by it. */
  feedback({ host, failed }: HostFeedback, nowMs: Millis): HostNews[] {
    const entry = this.#entries.get(host);
    if (!entry || entry.heartbeat) return [];
    if (!failed) return entry.succeeded();
    entry.failures++;
    if (entry.failures < FAILURES || entry.state !== "declared" || !this.#mayEject()) return [];
    return entry.eject(nowMs, Math.min(MAX_EJECTION_MS, EJECTION_MS * (entry.ejections + 1)));
  }

  /** Never more than half of the pool (panic threshold): then it is more likely that the judge is wrong. */
  #mayEject(): boolean {
    let ejected = 0;
    for (const { state } of this.#entries.values()) if (state === "suspect") ejected++;
    return ejected + 1 <= this.#entries.size / 2;
  }

  /** `isListening`: heartbeats could have arrived since the last tick. */
  tick(nowMs: Millis, isListening: boolean): HostNews[] {
    const sinceMs = nowMs - (this.#tickAtMs ?? nowMs);
    this.#tickAtMs = nowMs;
    if (isListening) this.#listenedMs += Math.min(sinceMs, LATE_MS);
    const news: HostNews[] = [];
    for (const entry of this.#entries.values()) {
      news.push(...entry.readmit(nowMs));
      if (this.#listenedMs - entry.heardListenedMs > MISSES * HEARTBEAT_MS + LATE_MS)
        news.push(...entry.missed(`${MISSES} heartbeats missed`));
      if (!entry.isDeclared && entry.isAway && nowMs - (entry.heardAtMs ?? nowMs) > FORGET_MS)
        this.#entries.delete(entry.host);
    }
    return news;
  }
}
