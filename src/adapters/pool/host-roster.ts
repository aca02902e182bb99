import { quote, StitchError } from "../../core/errors.ts";
import type { Millis } from "../../core/ports.ts";
import { type FirstHost, firstOwner } from "../../core/route/first-owner.ts";
import { HostTable } from "../../core/route/host-table.ts";
import type { HostView } from "../../core/route/host-view.ts";
import { LatencyMeter } from "../../core/route/latency-meter.ts";
import type { PlannedHost, PredictedPeak } from "../../core/stitch/planner/plan-types.ts";
import type { PoolSettings } from "../../core/stitch/pool-settings.ts";
import { SlotLoad } from "../../core/stitch/slot-load.ts";
import { type HostId, type SessionId, utilisation } from "../../core/units.ts";

/** What a gateway sends one host. */
export interface HostMeter {
  readonly load: SlotLoad;
  /** From taking a message over to its commit; of wired hosts, what their flow tells by `msg.feedback`. */
  readonly latency: LatencyMeter;
  slots: number;
}

/** Views are made anew at most so often, unless a host's state changes. */
const VIEW_MS = 100;

/** The pool's hosts as this gateway sees them: who is there, what each gets, where a new session goes. */
export class HostRoster {
  readonly table: HostTable;
  readonly #isLinked: boolean;
  readonly #threshold: number;
  readonly #meters = new Map<HostId, HostMeter>();
  #peaks: ReadonlyMap<HostId, PredictedPeak> = new Map();
  #views: readonly HostView[] = [];
  #viewedAtMs: Millis = Number.NEGATIVE_INFINITY;

  constructor({ hosts, discover, threshold }: PoolSettings, isLinked: boolean) {
    this.table = new HostTable({ declared: hosts, discover: discover && isLinked });
    this.#isLinked = isLinked;
    this.#threshold = threshold;
  }

  meter(host: HostId, nowMs: Millis): HostMeter {
    let meter = this.#meters.get(host);
    if (!meter) {
      meter = { load: new SlotLoad(nowMs), latency: new LatencyMeter(), slots: 0 };
      this.#meters.set(host, meter);
    }
    return meter;
  }

  /** Strangers are not measured: the roster's hosts only, so that there are no more meters than hosts. */
  observe(host: HostId, latencyMs: Millis, nowMs: Millis): void {
    if (this.table.standing(host)) this.meter(host, nowMs).latency.observe(latencyMs, nowMs);
  }

  latency(host: HostId): LatencyMeter | undefined {
    return this.#meters.get(host)?.latency;
  }

  /** From the latest plan. */
  set peaks(peaks: ReadonlyMap<HostId, PredictedPeak>) {
    this.#peaks = peaks;
    this.changed();
  }

  /** A host's state is another than before. */
  changed(): void {
    this.#viewedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Throws StitchError `NO_HOST`. */
  drain(host: HostId, isWanted: boolean): void {
    if (!this.table.drain(host, isWanted))
      throw new StitchError("NO_HOST", `no host of the pool is named ${quote(host)}`);
    this.changed();
  }

  /** The same array until something changes. */
  views(nowMs: Millis): readonly HostView[] {
    if (nowMs - this.#viewedAtMs < VIEW_MS) return this.#views;
    this.#viewedAtMs = nowMs;
    this.#views = Object.freeze(
      this.table.standings().map((standing) => {
        const meter = this.#meters.get(standing.host);
        const load = meter?.load.rate(nowMs) ?? { messagesPerSec: 0, bytesPerSec: 0 };
        const peak = this.#peaks.get(standing.host)?.utilisation;
        const used = utilisation(load, standing.capacity);
        const latency = meter?.latency.now(nowMs);
        return Object.freeze({
          ...standing,
          load,
          utilisation: used,
          slots: meter?.slots ?? 0,
          // The lead time begins now; the plan may be a step old.
          ...(peak === undefined ? undefined : { predictedPeak: Math.max(peak, used) }),
          ...(latency && { latency }),
        });
      }),
    );
    return this.#views;
  }

  /** Takes slots: heard of and well; wired hosts send no heartbeats. */
  isOpen({ state }: Pick<HostView, "state">): boolean {
    return state === "up" || (state === "declared" && !this.#isLinked);
  }

  planned(): PlannedHost[] {
    return this.table.standings().map((standing) => {
      const { host, capacity, state, heartbeat } = standing;
      const role = this.isOpen(standing) ? "open" : state === "draining" ? "draining" : "closed";
      return { host, capacity, state: role, pending: heartbeat?.pending ?? 0 };
    });
  }

  /**
   * Where a session goes first: to the most preferred host that is not full and has no more than its part; a draining
   * one if there is no other.
   */
  choose(sessionId: SessionId, nowMs: Millis): HostId | undefined {
    const views = this.views(nowMs);
    const open = views.filter((view) => this.isOpen(view));
    const may = open.length > 0 ? open : views.filter(({ state }) => state === "draining");
    return firstOwner(
      sessionId,
      may.map((view) => this.#asFirst(view)),
      this.#threshold,
    );
  }

  /** Slots as they are this moment: a whole fleet opens between two views. */
  #asFirst({ host, weight, utilisation: used, predictedPeak = 0 }: HostView): FirstHost {
    const slots = this.#meters.get(host)?.slots ?? 0;
    return { host, weight, utilisation: Math.max(used, predictedPeak), slots };
  }

  /** Where a session's next slot goes: to its other slots, unless that host is full or takes none. */
  chooseBeside(owner: HostId | undefined, sessionId: SessionId, nowMs: Millis): HostId | undefined {
    const beside = this.views(nowMs).find(({ host }) => host === owner);
    const isFree = beside && this.isOpen(beside) && this.#asFirst(beside).utilisation < this.#threshold;
    return isFree ? beside.host : this.choose(sessionId, nowMs);
  }
}
