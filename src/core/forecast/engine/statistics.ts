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
  const [a, b] = [values[low] as number, values[high] as number];
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

function swap(values: Float64Array, i: number, j: number): void {
  const value = values[i] as number;
  values[i] = values[j] as number;
  values[j] = value;
}

/** Middle one of the first, the middle and the last value. */
function pivotOf(values: Float64Array, from: number, to: number): number {
  const a = values[from] as number;
  const b = values[(from + to) >> 1] as number;
  const c = values[to] as number;
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

/** Values up to the returned index are at most `pivot`, those after it at least (Hoare 1961). */
function partition(
  values: Float64Array,
  weights: Float64Array,
  from: number,
  to: number,
  pivot: number,
): number {
  let i = from;
  let j = to;
  while (true) {
    while ((values[i] as number) < pivot) i++;
    while ((values[j] as number) > pivot) j--;
    if (i >= j) return j;
    swap(values, i, j);
    swap(weights, i++, j--);
  }
}

/** Values that insertion sorts faster than partitions find their middle. */
const SORTED = 8;

/** Sum of weights `from..to`. */
function sumOf(weights: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i <= to; i++) sum += weights[i] as number;
  return sum;
}

/**
 * The value with half of the weight on each side, of the first `count` values, all finite: it minimises the weighted
 * sum of absolute errors. By partitions (Hoare's selection), O(count); leaves both arrays in another order.
 */
export function weightedMedian(values: Float64Array, weights: Float64Array, count: number): number {
  const total = sumOf(weights, 0, count - 1);
  const half = total / 2;
  const slack = total * 1e-12;
  let from = 0;
  let to = count - 1;
  let below = 0;
  while (to - from >= SORTED) {
    const last = partition(values, weights, from, to, pivotOf(values, from, to));
    const sum = below + sumOf(weights, from, last);
    if (sum >= half - slack) {
      to = last;
    } else {
      from = last + 1;
      below = sum;
    }
  }
  sortFew(values, weights, from, to);
  for (let i = from; i < to; i++) {
    below += weights[i] as number;
    // At exactly half, both neighbours are medians: take their middle.
    if (Math.abs(below - half) <= slack) return ((values[i] as number) + (values[i + 1] as number)) / 2;
    if (below > half) return values[i] as number;
  }
  const isHalf = to < count - 1 && Math.abs(below + (weights[to] as number) - half) <= slack;
  return isHalf ? ((values[to] as number) + lowest(values, to + 1, count)) / 2 : (values[to] as number);
}

/** Lowest of the values from `from` until `end`. */
function lowest(values: Float64Array, from: number, end: number): number {
  let least = values[from] as number;
  for (let i = from + 1; i < end; i++) least = Math.min(least, values[i] as number);
  return least;
}
