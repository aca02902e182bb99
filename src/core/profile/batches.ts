/** Gaps within a batch are at least so many times shorter than those between batches. */
const SEPARATION = 6;
/** Share of gaps that must be on either side for batches to be told. */
const MIN_SHARE = 0.1;

/** The gap above which a new batch begins: at the widest place of the sorted gaps; 0: there is none. */
function boundaryOf(sorted: readonly number[]): number {
  const least = Math.max(1, Math.floor(sorted.length * MIN_SHARE));
  let boundary = 0;
  let widest = SEPARATION;
  for (let i = least; i <= sorted.length - least; i++) {
    const shorter = Math.max(1, sorted[i - 1] ?? 0);
    const ratio = (sorted[i] ?? 0) / shorter;
    if (ratio < widest) continue;
    widest = ratio;
    boundary = shorter;
  }
  return boundary;
}

/**
 * Times between the first messages of batches, for devices that send several messages at once (a report per sensor);
 * none where the gaps don't fall in two clearly separate groups.
 */
export function batchIntervals(gaps: readonly number[], sorted: readonly number[]): number[] {
  const boundary = boundaryOf(sorted);
  if (boundary === 0) return [];
  const intervals: number[] = [];
  let within = 0;
  let isOpen = false;
  for (const gap of gaps) {
    if (gap <= boundary) {
      within += gap;
      continue;
    }
    // What came before the first boundary is the end of a batch whose start isn't known.
    if (isOpen) intervals.push(within + gap);
    within = 0;
    isOpen = true;
  }
  return intervals;
}
