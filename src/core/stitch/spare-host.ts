import type { Share } from "../units.ts";
import type { PlannedHost, PlannedSlot } from "./planner/plan-types.ts";

/** Where the pool has not that much room, hosts may at least be so much fuller than they are on average. */
const SLACK = 0.1;

/**
 * The threshold that leaves room for the loss of any one host (N-1): what the largest would leave behind fits below
 * `threshold` on the others. A pool too full for that spreads its load as evenly as it can. Hosts without a known
 * capacity in messages leave the threshold as it is.
 */
export function spareThreshold(
  threshold: Share,
  hosts: readonly PlannedHost[],
  slots: readonly Pick<PlannedSlot, "load">[],
): Share {
  const open = hosts.filter(({ state }) => state === "open");
  const capacities = open.map(({ capacity }) => capacity.messagesPerSec ?? 0);
  if (open.length < 2 || capacities.some((capacity) => !(capacity > 0))) return threshold;
  const total = capacities.reduce((sum, capacity) => sum + capacity, 0);
  const load = slots.reduce((sum, slot) => sum + slot.load.messagesPerSec, 0);
  const wanted = threshold * (1 - Math.max(...capacities) / total);
  return Math.min(threshold, Math.max(wanted, load / total + SLACK));
}
