import type { HostDemand } from "./host-demand.ts";
import type { PlanBoard } from "./plan-board.ts";

/** A secondary is warm already: worth this much of a difference between destinations. */
const WARM_BONUS = 0.05;

export interface DestinationRule {
  /** Points ahead that count. */
  readonly points: number;
  /** Its peak with the slot stays below. */
  readonly limit: number;
  /** Also a host whose capacity nobody knows, where no other will do. */
  readonly takesUnknown: boolean;
}

/** The host whose peak with the slot is the lowest, and below the limit; a warm one wins a near tie. */
export function destinationOf(
  board: PlanBoard,
  slot: number,
  from: HostDemand,
  rule: DestinationRule,
): HostDemand | undefined {
  let best: HostDemand | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  for (const to of board.hosts) {
    if (to === from || to.plan.state !== "open" || !to.hasCapacity) continue;
    const rank = rankOf(board, slot, to, rule);
    if (rank >= lowest) continue;
    best = to;
    lowest = rank;
  }
  return best ?? (rule.takesUnknown ? leastLoaded(board, from, rule.points) : undefined);
}

/** Infinity: it will not do. */
function rankOf(board: PlanBoard, slot: number, to: HostDemand, { points, limit }: DestinationRule): number {
  const peak = to.peakWith(slot, points);
  if (!(peak < limit)) return Number.POSITIVE_INFINITY;
  return board.slot(slot).secondaries.includes(to.plan.host) ? peak - WARM_BONUS : peak;
}

/** Of the hosts that nothing is known of, the one that carries least. */
function leastLoaded(board: PlanBoard, from: HostDemand, points: number): HostDemand | undefined {
  let best: HostDemand | undefined;
  for (const to of board.hosts) {
    if (to === from || to.plan.state !== "open" || to.hasCapacity) continue;
    if (!best || to.busiest(points) < best.busiest(points)) best = to;
  }
  return best;
}
