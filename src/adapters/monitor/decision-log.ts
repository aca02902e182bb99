import type { Millis } from "../../core/ports.ts";
import type { PlanEvent, PlanEventKind } from "../../core/stitch/protocol.ts";
import type { SessionId } from "../../core/units.ts";
import { Ring } from "./ring.ts";
import type { Decision } from "./views.ts";

const MOST = 2000;
const REPEAT_MS = 60_000;
/** A fleet's first messages are no decisions: they would push all others out. */
const UNLOGGED: ReadonlySet<PlanEventKind> = new Set(["opened"]);

/** What was done and why, the latest of it; and how often each kind of thing was done at all. */
export class DecisionLog {
  readonly #ring = new Ring<Decision>(MOST);
  readonly #counts = new Map<PlanEventKind, number>();
  readonly #planned = new Map<string, Millis>();
  #last = 0;

  /** Number of the latest one; 0: none. */
  get last(): number {
    return this.#last;
  }

  get counts(): ReadonlyMap<PlanEventKind, number> {
    return this.#counts;
  }

  event(event: PlanEvent): void {
    const { kind, atMs, sessionId, slot, from, to, reason, pauseMs } = event;
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    if (UNLOGGED.has(kind) || this.#isRepeated(event)) return;
    this.#add({
      kind,
      atMs,
      reason,
      sessionId,
      slot,
      ...(from === undefined ? undefined : { from }),
      ...(to === undefined ? undefined : { to }),
      ...(pauseMs === undefined ? undefined : { pauseMs }),
    });
  }

  /** A dry run plans the same at each step, because nothing comes of it: told once in a while. */
  #isRepeated({ kind, sessionId, slot, to, atMs }: PlanEvent): boolean {
    if (kind !== "planned") return false;
    const key = JSON.stringify([sessionId, slot, to]);
    const toldAtMs = this.#planned.get(key) ?? Number.NEGATIVE_INFINITY;
    if (atMs - toldAtMs < REPEAT_MS) return true;
    if (this.#planned.size >= MOST) this.#planned.clear();
    this.#planned.set(key, atMs);
    return false;
  }

  asked(decision: Omit<Decision, "n" | "atMs">, atMs: Millis): void {
    this.#add({ ...decision, atMs });
  }

  #add(decision: Omit<Decision, "n">): void {
    this.#last++;
    this.#ring.add({ n: this.#last, ...decision });
  }

  /** After number `after`, at most `most`, newest first. */
  latest(after: number, most: number): Decision[] {
    const found: Decision[] = [];
    for (const decision of this.#ring.newestFirst()) {
      if (decision.n <= after || found.length >= most) break;
      found.push(decision);
    }
    return found;
  }

  /** Oldest first. */
  of(id: SessionId, most: number): Decision[] {
    const found: Decision[] = [];
    for (const decision of this.#ring.newestFirst()) {
      if (decision.sessionId === id) found.push(decision);
      if (found.length >= most) break;
    }
    return found.reverse();
  }
}
