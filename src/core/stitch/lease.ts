import type { Millis } from "../ports.ts";
import type { Revision } from "../units.ts";

/** Of several gateways of one pool, one works; the others stand by. */
export type GatewayRole = "active" | "standby";

/** As it stands in the store. */
export interface LeaseEntry {
  readonly revision: Revision;
  /** "" = let go. */
  readonly holder: string;
}

export type LeaseEvent =
  | { readonly type: "tick" }
  | { readonly type: "read"; readonly entry: LeaseEntry | undefined }
  | { readonly type: "wrote"; readonly revision: Revision }
  /** The compare-and-set found another revision. */
  | { readonly type: "conflict" }
  /** A read or a write failed; a write may have landed. */
  | { readonly type: "failed" };

export type LeaseCommand =
  | { readonly type: "read" }
  | { readonly type: "write"; readonly expected: Revision }
  | { readonly type: "role"; readonly role: GatewayRole };

/** Whether a message that reaches a gateway is its own to take: "wait" = not known until the store has answered. */
export type Taking = "yes" | "no" | "wait";

/** Short, so that a process that stood still asks the store for news soon after it goes on. */
export const LEASE_TICK_MS = 50;
/** Between two looks of one that stands by. */
const READ_MS = 250;
const RENEW_MS = 500;
/** A lease that has not changed for so long is anybody's. */
const EXPIRE_MS = 1500;
/** Whoever could not renew it for so long, by the time of asking, stands by before anybody else may take it. */
const STEP_DOWN_MS = 1250;
/**
 * What a gateway's flow had received when it was told that another works is on its way through the flow for so long.
 * Upstream it is acknowledged: nobody else has it.
 */
const ON_THE_WAY_MS = 1000;

/**
 * Who of several gateways works: the one whose compare-and-set on the lease succeeded last. Ages are told by each one's
 * own clock, from when it saw a revision first: clocks need not agree. Safety does not rest on it: two that both take
 * themselves for active share slots as two gateways do that know nothing of each other (DESIGN.md section 6, rule 8).
 */
export class Lease {
  readonly #id: string;
  #role: GatewayRole = "standby";
  /** Last known; while active it is the own write's. */
  #revision: Revision = 0;
  #seenAtMs: Millis = Number.NEGATIVE_INFINITY;
  #renewedAtMs: Millis = 0;
  #askedAtMs: Millis = Number.NEGATIVE_INFINITY;
  #busy: "no" | "reading" | "writing" = "no";
  #isUncertain = false;
  #hasWorked = false;
  /** What the store told last; undefined: it has not answered yet. */
  #isOthers: boolean | undefined;
  #othersSinceMs: Millis = 0;

  constructor(id: string) {
    this.#id = id;
  }

  /** As told last by the command `role`, unless the lease has run out since. */
  roleAt(nowMs: Millis): GatewayRole {
    return this.#isOver(nowMs) ? "standby" : this.#role;
  }

  /**
   * By what is known of others, not by the role: a gateway that could not renew its lease in time may be the only one
   * that has what reaches it, so it goes on until the store tells of another, and a little longer. Where a message
   * reaches two gateways that both take it, it is sent twice; refused by both, it is lost: so of those that reach the
   * store no two say "no" at once.
   */
  takingAt(nowMs: Millis): Taking {
    if (this.roleAt(nowMs) === "active") return "yes";
    if (!this.#isOthers) return this.#hasWorked ? "yes" : "wait";
    if (this.#hasWorked && nowMs - this.#othersSinceMs < ON_THE_WAY_MS) return "yes";
    return this.#busy === "writing" || this.#isUncertain ? "wait" : "no";
  }

  #isOver(nowMs: Millis): boolean {
    return nowMs - this.#renewedAtMs >= STEP_DOWN_MS;
  }

  /** Of the lease that it holds, to let it go. */
  get revision(): Revision {
    return this.#revision;
  }

  handle(event: LeaseEvent, nowMs: Millis): LeaseCommand[] {
    const out: LeaseCommand[] = [];
    if (event.type !== "tick") {
      if (event.type === "failed" && this.#busy === "writing") this.#isUncertain = true;
      this.#busy = "no";
    }
    switch (event.type) {
      case "tick":
        this.#tick(nowMs, out);
        break;
      case "read":
        this.#wasRead(event.entry, nowMs, out);
        break;
      case "wrote":
        this.#revision = event.revision;
        this.#isOthers = false;
        this.#renewed(this.#askedAtMs, nowMs, out);
        break;
      case "conflict":
        this.#heardOfAnother(nowMs);
        this.#become("standby", out);
        break;
      case "failed":
        break;
      default:
        event satisfies never;
    }
    return out;
  }

  #tick(nowMs: Millis, out: LeaseCommand[]): void {
    if (this.#isOver(nowMs)) this.#become("standby", out);
    const isActive = this.#role === "active";
    const pauseMs = isActive ? RENEW_MS : READ_MS;
    if (this.#busy !== "no" || nowMs - this.#askedAtMs < pauseMs) return;
    if (isActive && !this.#isUncertain) this.#write(this.#revision, nowMs, out);
    else this.#read(nowMs, out);
  }

  #wasRead(entry: LeaseEntry | undefined, nowMs: Millis, out: LeaseCommand[]): void {
    const { revision = 0, holder = "" } = entry ?? {};
    const isNews = revision !== this.#revision;
    this.#revision = revision;
    this.#isUncertain = false;
    if (isNews) this.#seenAtMs = nowMs;
    if (holder !== this.#id && holder !== "") this.#heardOfAnother(nowMs);
    else this.#isOthers = false;
    if (holder !== this.#id && this.#role === "active") this.#become("standby", out);
    if (holder === this.#id || holder === "" || nowMs - this.#seenAtMs >= EXPIRE_MS)
      this.#write(revision, nowMs, out);
  }

  #heardOfAnother(nowMs: Millis): void {
    if (!this.#isOthers) this.#othersSinceMs = nowMs;
    this.#isOthers = true;
  }

  #renewed(atMs: Millis, nowMs: Millis, out: LeaseCommand[]): void {
    this.#renewedAtMs = atMs;
    this.#seenAtMs = nowMs;
    // An answer that took too long says nothing about now.
    if (!this.#isOver(nowMs)) this.#become("active", out);
  }

  #read(nowMs: Millis, out: LeaseCommand[]): void {
    this.#busy = "reading";
    this.#askedAtMs = nowMs;
    out.push({ type: "read" });
  }

  #write(expected: Revision, nowMs: Millis, out: LeaseCommand[]): void {
    this.#busy = "writing";
    this.#askedAtMs = nowMs;
    out.push({ type: "write", expected });
  }

  #become(role: GatewayRole, out: LeaseCommand[]): void {
    if (role === this.#role) return;
    this.#role = role;
    this.#hasWorked ||= role === "active";
    out.push({ type: "role", role });
  }
}
