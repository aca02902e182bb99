import type { HostDemand, Look } from "./host-demand.ts";
import type { PlanBoard } from "./plan-board.ts";

/** A secondary is warm already: worth this much of a difference between destinations. */
const WARM_BONUS = 0.05;

export interface DestinationRule {
  readonly look: Look;
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
  return best ?? (rule.takesUnknown ? leastLoaded(board, from, rule.look) : undefined);
}

/** Infinity: it will not do. */
function rankOf(board: PlanBoard, slot: number, to: HostDemand, { look, limit }: DestinationRule): number {
  const peak = to.peakWith(slot, look);
  if (!(peak < limit)) return Number.POSITIVE_INFINITY;
  return board.slot(slot).secondaries.includes(to.plan.host) ? peak - WARM_BONUS : peak;
}

/** Of the hosts that nothing is known of, the one that carries least. */
function leastLoaded(board: PlanBoard, from: HostDemand, look: Look): HostDemand | undefined {
  let best: HostDemand | undefined;
  for (const to of board.hosts) {
    if (to === from || to.plan.state !== "open" || to.hasCapacity) continue;
    if (!best || to.busiest(look) < best.busiest(look)) best = to;
  }
  return best;
}
