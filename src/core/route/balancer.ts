import type { Millis, Random } from "../ports.ts";
import type { HostId, Share } from "../units.ts";
import { loadBound } from "./bounded-load.ts";
import { HostMeter, STALE_MS } from "./host-meter.ts";
import type { HostFeedback, HostView } from "./host-view.ts";
import { OutlierEjection } from "./outlier-ejection.ts";
import { pickOfTwo } from "./p2c.ts";
import type { BalancePolicy } from "./route-settings.ts";
import { type RouteTable, type Standing, standingOf, tableOf } from "./route-table.ts";
import { SLOW_START_MS, slowStart } from "./slow-start.ts";
import { SmoothWeightedRoundRobin } from "./smooth-weighted-round-robin.ts";
import { stepShares, toShares } from "./weight-control.ts";
import type { Weighed } from "./weight-log.ts";

export interface BalancerOptions {
  /** Distinct; an index of this list is what the balancer deals in. */
  readonly hosts: readonly HostId[];
  readonly balance: BalancePolicy;
  readonly random: Random;
}

/** The table is made anew this often. */
const REFRESH_MS = 250;
/** So few hosts are compared all at once: a draw of two adds nothing but chance. */
const FEW_HOSTS = 4;
/** So much may always be under way to a host: bounds on next to nothing would spread by count alone. */
const LEAST_BOUND = 8;

/**
 * Chooses a host for each message by itself, of no session: smooth weighted round robin for few hosts or without
 * feedback, else two choices by cost; health, slow start and bounded load in both (DESIGN.md section 7).
 */
export class Balancer {
  readonly #hosts: readonly HostId[];
  readonly #indices: ReadonlyMap<HostId, number>;
  readonly #balance: BalancePolicy;
  readonly #random: Random;
  readonly #meters: readonly HostMeter[];
  readonly #ejection: OutlierEjection;
  readonly #roundRobin: SmoothWeightedRoundRobin;
  /** Since when each host is in; -Infinity: from the beginning, together with all others. */
  readonly #inSinceMs: Millis[];
  #standings: readonly Standing[];
  #states: readonly HostView["state"][];
  #base: readonly number[];
  #controlled: readonly Share[];
  #table: RouteTable;
  #pending = 0;
  #nowMs: Millis = 0;
  #refreshedAtMs: Millis = Number.NEGATIVE_INFINITY;
  #windowAtMs: Millis = Number.NEGATIVE_INFINITY;

  constructor({ hosts, balance, random }: BalancerOptions) {
    this.#hosts = [...hosts];
    this.#indices = new Map(hosts.map((host, i) => [host, i]));
    this.#balance = balance;
    this.#random = random;
    this.#meters = hosts.map(() => new HostMeter());
    this.#ejection = new OutlierEjection(hosts.length);
    this.#roundRobin = new SmoothWeightedRoundRobin(hosts.length);
    this.#inSinceMs = hosts.map(() => Number.NEGATIVE_INFINITY);
    this.#states = hosts.map(() => "declared");
    this.#standings = hosts.map(() => "in");
    this.#base = hosts.map(() => 1);
    this.#controlled = toShares(this.#base);
    this.#table = this.#makeTable(this.#controlled, false);
  }

  get table(): RouteTable {
    return this.#table;
  }

  /** Sent and not answered, over all hosts. */
  get pending(): number {
    return this.#pending;
  }

  pendingOf(index: number): number {
    return this.#meters[index]?.pending ?? 0;
  }

  /** Index of a host; undefined where it is none of this route's. */
  indexOf(host: HostId): number | undefined {
    return this.#indices.get(host);
  }

  /** What the pool knows of the hosts; others than this route's are ignored. Counts from the next refresh on. */
  see(views: readonly HostView[]): void {
    const mine = this.#hosts.map((host) => views.find((view) => view.host === host));
    this.#states = mine.map((view) => view?.state ?? "declared");
    this.#base = mine.map((view) => view?.weight ?? 1);
  }

  /** Index of the host for one message, counted as sent; -1 where no host is usable. */
  pick(nowMs: Millis): number {
    if (nowMs - this.#refreshedAtMs >= REFRESH_MS) this.refresh(nowMs);
    this.#nowMs = nowMs;
    const { strategy, shares, isFresh } = this.#table;
    const isBounded = isFresh && this.#balance !== "round-robin";
    const picked =
      strategy === "p2c"
        ? this.#pickByCost()
        : this.#roundRobin.next(shares, isBounded ? this.#isOpen : undefined);
    if (picked >= 0) this.countSent(picked);
    return picked;
  }

  /** A message that the balancer did not choose the host of, such as an owner's. */
  countSent(index: number): void {
    this.#meters[index]?.countSent();
    this.#pending++;
  }

  feedback(feedback: HostFeedback, nowMs: Millis): void {
    const index = this.#indices.get(feedback.host);
    const meter = index === undefined ? undefined : this.#meters[index];
    if (index === undefined || !meter) return;
    if (meter.countAnswer(feedback, nowMs)) this.#pending--;
    const out = this.#states.filter((state) => standingOf(state, false) !== "in").length;
    if (this.#ejection.report(index, feedback.failed, nowMs, out)) this.refresh(nowMs);
  }

  /** Makes the table anew; `pick` does it by itself when it is due. */
  refresh(nowMs: Millis): void {
    const elapsedMs = Math.min(1000, nowMs - this.#refreshedAtMs);
    this.#refreshedAtMs = nowMs;
    this.#turnWindows(nowMs);
    this.#judge(nowMs);
    const isFresh = this.#meters.some((meter) => meter.isFresh(nowMs));
    const target = this.#targetShares(nowMs, isFresh);
    this.#controlled = stepShares(this.#controlled, target, elapsedMs);
    const weights = this.#controlled.map(
      (share, i) => share * slowStart(nowMs - (this.#inSinceMs[i] as number)),
    );
    this.#table = this.#makeTable(weights, isFresh);
  }

  /** Each host's share of what was sent lately; the table's where nothing was. */
  recentShares(): readonly Share[] {
    const sent = this.#meters.map((meter) => meter.sent);
    return sent.some((count) => count > 0) ? toShares(sent) : this.#table.shares;
  }

  /** What each host weighs in the table, and what for. */
  weighed(nowMs: Millis): readonly Weighed[] {
    const latencies = this.#meters.map((meter) => meter.latencyMs(nowMs));
    const { shares, hosts } = this.#table;
    return hosts.map((host, i) => ({
      host,
      share: shares[i] as Share,
      reason: this.#reason(i, latencies, nowMs),
    }));
  }

  #reason(index: number, latencies: readonly (Millis | undefined)[], nowMs: Millis): string {
    const state = this.#states[index];
    if (this.#standings[index] === "closed" || state === "suspect") return `the pool holds it for ${state}`;
    if (this.#standings[index] === "out")
      return `errors in a row${this.#table.panic ? ", used in panic" : ""}`;
    if (nowMs - (this.#inSinceMs[index] as number) < SLOW_START_MS) return "slow start";
    if (this.#isAnyAside(index, nowMs)) return "another host left or came back";
    const latency = latencies[index];
    if (latency === undefined || !this.#follows(this.#table.isFresh)) return "weights of the pool";
    const penalty = (this.#meters[index] as HostMeter).penaltyMs(nowMs);
    return penalty > latency
      ? `failed, counts as ${Math.round(penalty)} ms`
      : `latency ${Math.round(latency)} ms`;
  }

  /** Another one is out, closed or not yet back at its full weight. */
  #isAnyAside(index: number, nowMs: Millis): boolean {
    const isAside = (i: number): boolean =>
      this.#standings[i] !== "in" || nowMs - (this.#inSinceMs[i] as number) < SLOW_START_MS;
    return this.#hosts.some((_, i) => i !== index && isAside(i));
  }

  #follows(isFresh: boolean): boolean {
    return this.#balance === "auto" && isFresh && this.#hosts.length <= FEW_HOSTS;
  }

  #makeTable(weights: readonly number[], isFresh: boolean): RouteTable {
    const isFew = this.#hosts.length <= FEW_HOSTS;
    const byCost = this.#balance === "p2c" || (this.#balance === "auto" && !isFew && isFresh);
    const strategy = byCost ? "p2c" : "round-robin";
    return tableOf({
      hosts: this.#hosts,
      states: this.#states,
      standings: this.#standings,
      weights,
      strategy,
      isFresh,
    });
  }

  #turnWindows(nowMs: Millis): void {
    if (nowMs - this.#windowAtMs < STALE_MS) return;
    const isFirst = this.#windowAtMs === Number.NEGATIVE_INFINITY;
    this.#windowAtMs = nowMs;
    if (isFirst) return;
    for (const meter of this.#meters) this.#pending -= meter.turnWindow(nowMs);
  }

  #judge(nowMs: Millis): void {
    const before = this.#standings;
    this.#standings = this.#states.map((state, i) => standingOf(state, this.#ejection.isEjected(i, nowMs)));
    for (let i = 0; i < before.length; i++)
      if (before[i] !== "in" && this.#standings[i] === "in") this.#inSinceMs[i] = nowMs;
  }

  /**
   * Under "auto" with feedback, a few hosts get traffic in inverse proportion to their latency: then as many
   * messages are under way to each (Little 1961), which for queues with random arrivals is equal utilisation.
   */
  #targetShares(nowMs: Millis, isFresh: boolean): readonly Share[] {
    if (!this.#follows(isFresh)) return toShares(this.#base);
    const costs = this.#meters.map((meter) => {
      const latency = meter.latencyMs(nowMs);
      return latency === undefined ? undefined : Math.max(latency, meter.penaltyMs(nowMs));
    });
    const known = costs.filter((cost) => cost !== undefined);
    const mean = known.reduce((sum, cost) => sum + cost, 0) / Math.max(1, known.length);
    return toShares(this.#base.map((weight, i) => weight / (costs[i] ?? (mean || 1))));
  }

  readonly #cost = (index: number): number =>
    (this.#meters[index] as HostMeter).cost(this.#nowMs) / (this.#table.shares[index] as number);

  readonly #isOpen = (index: number): boolean => {
    const { pending } = this.#meters[index] as HostMeter;
    return pending < LEAST_BOUND || pending < loadBound(this.#pending, this.#table.shares[index] as number);
  };

  #pickByCost(): number {
    const { usable, isFresh } = this.#table;
    const picked = pickOfTwo(usable, this.#cost, this.#random);
    if (picked < 0 || !isFresh || this.#isOpen(picked)) return picked;
    // Both drawn may be full; over all, the bounds leave room for one more.
    for (const index of usable) if (this.#isOpen(index)) return index;
    return picked;
  }
}
