/** Robust statistics on small arrays. All of them take typed arrays, whose sort is numeric and doesn't box. */

/** Quantile `q` in 0..1 of values sorted ascending, linear between neighbours (Hyndman & Fan 1996, type 7). */
export function quantileSorted(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const a = sorted[low] as number;
  const b = sorted[Math.min(low + 1, sorted.length - 1)] as number;
  const share = at - low;
  return a === b ? a : (1 - share) * a + share * b;
}

/** Values up to which insertion beats the typed array's own sort. */
const FEW = 24;

/** Middle of `values`; NaN of none. */
export function medianOf(values: Float64Array): number {
  return medianInPlace(values.slice());
}

/** The same of the first `count` values, which it leaves in another order. */
export function medianInPlace(values: Float64Array, count: number = values.length): number {
  if (count === 0) return Number.NaN;
  if (count > FEW) return quantileSorted(values.subarray(0, count).sort(), 0.5);
  sortFew(values, undefined, 0, count - 1);
  const high = count >> 1;
  const low = count % 2 === 1 ? high : high - 1;
  const a = values[low] as number;
  const b = values[high] as number;
  return a === b ? a : 0.5 * a + 0.5 * b;
}

/** Sorts values `from..to` in place, and their weights with them, by insertion. */
function sortFew(values: Float64Array, weights: Float64Array | undefined, from: number, to: number): void {
  for (let i = from + 1; i <= to; i++) {
    const value = values[i] as number;
    const weight = weights ? (weights[i] as number) : 0;
    let j = i - 1;
    for (; j >= from && (values[j] as number) > value; j--) {
      values[j + 1] = values[j] as number;
      if (weights) weights[j + 1] = weights[j] as number;
    }
    values[j + 1] = value;
    if (weights) weights[j + 1] = weight;
  }
}

/** Middle one of three. */
function middleOf(a: number, b: number, c: number): number {
  if (a < b) return b < c ? b : Math.max(a, c);
  return a < c ? a : Math.max(b, c);
}

/** Where a partition is cut: the last place on its left, and what lies there weighs with all before it. */
interface Cut {
  readonly last: number;
  readonly sum: number;
}

/** Values up to the cut are at most `pivot`, those after it at least (Hoare 1961). `below`: weight before `from`. */
function partition(
  values: Float64Array,
  weights: Float64Array,
  from: number,
  to: number,
  pivot: number,
  below: number,
): Cut {
  let sum = below;
  let i = from;
  let j = to;
  while (true) {
    for (; (values[i] as number) < pivot; i++) sum += weights[i] as number;
    while ((values[j] as number) > pivot) j--;
    if (i >= j) return { last: j, sum: i === j ? sum + (weights[j] as number) : sum };
    const value = values[i] as number;
    values[i] = values[j] as number;
    values[j] = value;
    const weight = weights[i] as number;
    weights[i] = weights[j] as number;
    weights[j--] = weight;
    sum += weights[i++] as number;
  }
}

/** Values that insertion sorts faster than partitions find their middle. */
const SORTED = 8;

/**
 * The value with half of the weight on each side, of the first `count` values, all finite: it minimises the weighted
 * sum of absolute errors. By partitions, O(count), each of which sums what it puts to the left; leaves both arrays in
 * another order.
 */
export function weightedMedian(values: Float64Array, weights: Float64Array, count: number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[i] as number;
  const half = total / 2;
  const slack = total * 1e-12;
  let from = 0;
  let to = count - 1;
  let below = 0;
  while (to - from >= SORTED) {
    const middle = values[(from + to) >> 1] as number;
    const pivot = middleOf(values[from] as number, middle, values[to] as number);
    const { last, sum } = partition(values, weights, from, to, pivot, below);
    if (sum >= half - slack) {
      to = last;
    } else {
      from = last + 1;
      below = sum;
    }
  }
  return middleOfSorted(values, weights, { from, to, count, below, half, slack });
}

/** What partitions have left: the middle is within `from..to`, with the weight `below` before it. */
interface Narrowed {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly below: number;
  readonly half: number;
  readonly slack: number;
}

function middleOfSorted(
  values: Float64Array,
  weights: Float64Array,
  { from, to, count, below, half, slack }: Narrowed,
): number {
  sortFew(values, weights, from, to);
  let sum = below;
  for (let i = from; i < to; i++) {
    sum += weights[i] as number;
    // At exactly half, both neighbours are medians: take their middle.
    if (Math.abs(sum - half) <= slack) return ((values[i] as number) + (values[i + 1] as number)) / 2;
    if (sum > half) return values[i] as number;
  }
  const isHalf = to < count - 1 && Math.abs(sum + (weights[to] as number) - half) <= slack;
  return isHalf ? ((values[to] as number) + lowest(values, to + 1, count)) / 2 : (values[to] as number);
}

/** Lowest of the values from `from` until `end`. */
function lowest(values: Float64Array, from: number, end: number): number {
  let least = values[from] as number;
  for (let i = from + 1; i < end; i++) least = Math.min(least, values[i] as number);
  return least;
}
