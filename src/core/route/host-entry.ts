import type { Millis } from "../ports.ts";
import type { HostLoad } from "../record/host-load.ts";
import type { Capacity, HostId, PerSec, Share } from "../units.ts";
import type { HostNews } from "./host-news.ts";
import type { HostStanding, HostView } from "./host-view.ts";
import { carriedCapacity, followShare, loopShare } from "./loop-share.ts";

/** Messages wait for so long in a host that is busy: what it finishes then is what it can, not what it gets. */
const BUSY_SEC = 0.5;
/** A measured capacity goes back to the declared one by 1/e in so long: a bad minute must not count for ever. */
const RELAX_MS = 300_000;

/** One host in the table. */
export class HostEntry {
  readonly host: HostId;
  readonly isDeclared: boolean;
  readonly #weight: number;
  readonly #declared: Capacity | undefined;
  state: HostView["state"] = "declared";
  heartbeat: HostLoad | undefined;
  heardAtMs: Millis | undefined;
  /** On the table's clock of listening. */
  heardListenedMs: Millis = 0;
  /** In a row, of deliveries. */
  failures = 0;
  ejections = 0;
  #reason: string | undefined;
  #isDrained = false;
  #ejectedUntilMs: Millis | undefined;
  #measured: PerSec | undefined;
  /** Of its capacity, what its event loop leaves. */
  #loopShare: Share = 1;
  #standing: HostStanding | undefined;

  constructor(host: HostId, weight: number, declared: Capacity | undefined, isDeclared: boolean) {
    this.host = host;
    this.#weight = weight;
    this.#declared = declared;
    this.isDeclared = isDeclared;
  }

  /** Somebody wants it empty; the host itself may want it too, by its heartbeat. */
  drain(isWanted: boolean): void {
    this.#isDrained = isWanted;
    this.#standing = undefined;
  }

  get isDrained(): boolean {
    return this.#isDrained;
  }

  get isAway(): boolean {
    return this.state === "suspect" || this.state === "gone";
  }

  /** Immutable, a new one after each change. */
  standing(): HostStanding {
    this.#standing ??= {
      host: this.host,
      state: this.#isDrained && !this.isAway ? "draining" : this.state,
      weight: this.#weight,
      capacity: this.#capacity(),
      ...(this.#measured === undefined ? undefined : { isMeasured: true }),
      ...(this.#reason === undefined ? undefined : { reason: this.#reason }),
      ...(this.heardAtMs === undefined ? undefined : { heardAtMs: this.heardAtMs }),
      ...(this.heartbeat === undefined ? undefined : { heartbeat: this.heartbeat }),
    };
    return this.#standing;
  }

  #capacity(): Capacity {
    return carriedCapacity(this.#prior(), this.#measured, this.#loopShare);
  }

  /** The pool's dialog wins over what the host says of itself, limit by limit. */
  #prior(): Capacity {
    return { ...this.heartbeat?.capacity, ...this.#declared };
  }

  heard(load: HostLoad, nowMs: Millis, listenedMs: Millis): HostNews[] {
    const { host, heartbeat: before } = this;
    const wasUp = before !== undefined && !this.isAway;
    this.#measure(load, nowMs);
    this.#followLoop(load, nowMs);
    this.heartbeat = load;
    this.heardAtMs = nowMs;
    this.heardListenedMs = listenedMs;
    this.#standing = undefined;
    if (load.state === "gone") {
      this.#set("gone", "it said goodbye");
      return wasUp ? [{ type: "host-suspect", host, reason: `${host} is gone` }] : [];
    }
    this.#set(load.state, undefined);
    const news: HostNews[] = wasUp ? [] : [{ type: "host-up", host }];
    if (before && before.incarnation !== load.incarnation) news.push({ type: "host-restarted", host });
    return news;
  }

  /** A restarted host has a loop of its own. */
  #followLoop(load: HostLoad, nowMs: Millis): void {
    const isNew = this.heartbeat?.incarnation !== load.incarnation || this.heardAtMs === undefined;
    if (isNew) this.#loopShare = 1;
    const sinceMs = isNew ? 0 : nowMs - (this.heardAtMs ?? nowMs);
    const latest = loopShare(load.loopDelayP99Ms, { ...load.capacity, ...this.#declared });
    this.#loopShare = followShare(this.#loopShare, latest, sinceMs);
  }

  #measure(load: HostLoad, nowMs: Millis): void {
    const { serviceRatePerSec, pending } = load;
    if (serviceRatePerSec !== undefined && serviceRatePerSec > 0 && pending >= serviceRatePerSec * BUSY_SEC) {
      this.#measured = serviceRatePerSec;
      return;
    }
    const declared = this.#prior().messagesPerSec;
    if (this.#measured === undefined || declared === undefined || this.heardAtMs === undefined) return;
    this.#measured += (declared - this.#measured) * (1 - Math.exp((this.heardAtMs - nowMs) / RELAX_MS));
  }

  missed(reason: string): HostNews[] {
    if (this.state !== "up" && this.state !== "draining") return [];
    this.#set("suspect", reason);
    return [{ type: "host-suspect", host: this.host, reason: `${this.host}: ${reason}` }];
  }

  eject(nowMs: Millis, forMs: Millis): HostNews[] {
    const reason = `${this.failures} failures in a row`;
    this.ejections++;
    this.#ejectedUntilMs = nowMs + forMs;
    this.#set("suspect", reason);
    return [{ type: "host-suspect", host: this.host, reason: `${this.host}: ${reason}` }];
  }

  succeeded(): HostNews[] {
    this.failures = 0;
    return this.#ejectedUntilMs === undefined ? [] : this.#back();
  }

  /** An ejected host gets another chance. */
  readmit(nowMs: Millis): HostNews[] {
    return this.#ejectedUntilMs !== undefined && nowMs >= this.#ejectedUntilMs ? this.#back() : [];
  }

  #back(): HostNews[] {
    this.#ejectedUntilMs = undefined;
    this.failures = 0;
    this.#set("declared", undefined);
    return [{ type: "host-up", host: this.host }];
  }

  #set(state: HostView["state"], reason: string | undefined): void {
    this.state = state;
    this.#reason = reason;
    this.#standing = undefined;
  }
}
