import type { Millis } from "../../core/ports.ts";
import type { PlanEvent, PlanEventKind } from "../../core/stitch/protocol.ts";
import type { SessionId } from "../../core/units.ts";
import { Ring } from "./ring.ts";
import type { Decision } from "./views.ts";

const MOST = 2000;
/** A fleet's first messages are no decisions: they would push all others out. */
const UNLOGGED: ReadonlySet<PlanEventKind> = new Set(["opened"]);

/** What was done and why, the latest of it; and how often each kind of thing was done at all. */
export class DecisionLog {
  readonly #ring = new Ring<Decision>(MOST);
  readonly #counts = new Map<PlanEventKind, number>();
  #last = 0;

  /** Number of the latest one; 0: none. */
  get last(): number {
    return this.#last;
  }

  get counts(): ReadonlyMap<PlanEventKind, number> {
    return this.#counts;
  }

  event({ kind, atMs, sessionId, slot, from, to, reason, pauseMs }: PlanEvent): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    if (UNLOGGED.has(kind)) return;
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
