import type { Millis } from "../ports.ts";
import type { Share } from "../units.ts";

/** How long a host that comes back takes to its full weight, and where it begins (DESIGN.md section 7). */
export const SLOW_START_MS = 30_000;
const FROM: Share = 0.1;

/**
 * Factor on the weight of a host that has been in the pool for `sinceMs`: grows in a straight line, so that cold
 * caches and connections are not met by the full load (Envoy's slow start, aggression 1).
 */
export function slowStart(sinceMs: Millis): Share {
  if (!(sinceMs > 0)) return FROM;
  return sinceMs >= SLOW_START_MS ? 1 : FROM + (1 - FROM) * (sinceMs / SLOW_START_MS);
}
