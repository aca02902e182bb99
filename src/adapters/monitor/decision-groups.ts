import type { Decision } from "./views.ts";

/** The same done to several slots of a session at about the same time: one line to read. */
export interface DecisionGroup {
  /** The newest of them. */
  readonly decision: Decision;
  readonly slots: readonly number[];
}

/** What a step of the planner does to a session is through by then. */
const TOGETHER_MS = 5000;

/** On the way to something: told only as long as it is the latest of its slot. */
const PASSING: ReadonlySet<Decision["kind"]> = new Set(["warm", "shifting"]);

/** Newest first, as the decisions are. */
export function groupDecisions(decisions: readonly Decision[]): DecisionGroup[] {
  const groups: { decision: Decision; slots: number[] }[] = [];
  const open = new Map<string, { decision: Decision; slots: number[] }>();
  const seen = new Set<string>();
  for (const decision of decisions) {
    const { kind, sessionId, from, to, slot, atMs } = decision;
    const id = JSON.stringify([sessionId, slot]);
    if (PASSING.has(kind) && seen.has(id)) continue;
    seen.add(id);
    const key = JSON.stringify([kind, sessionId, from, to]);
    const known = slot === undefined ? undefined : open.get(key);
    if (known && known.decision.atMs - atMs <= TOGETHER_MS && !known.slots.includes(slot as number)) {
      known.slots.push(slot as number);
      continue;
    }
    const group = { decision, slots: slot === undefined ? [] : [slot] };
    groups.push(group);
    open.set(key, group);
  }
  return groups;
}
