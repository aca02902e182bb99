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
  if (values.length === 0) return Number.NaN;
  return quantileSorted(values.length > FEW ? values.toSorted() : inserted(values.slice()), 0.5);
}

/** Sorts in place. */
function inserted(values: Float64Array): Float64Array {
  for (let i = 1; i < values.length; i++) {
    const value = values[i] as number;
    let j = i;
    for (; j > 0 && (values[j - 1] as number) > value; j--) values[j] = values[j - 1] as number;
    values[j] = value;
  }
  return values;
}

/**
 * The value with half of the weight on each side, of the first `count` values: it minimises the weighted sum of
 * absolute errors. Sorts both arrays in place, by insertion: they are short and already nearly sorted.
 */
export function weightedMedian(values: Float64Array, weights: Float64Array, count: number): number {
  let total = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i] as number;
    const weight = weights[i] as number;
    total += weight;
    let j = i - 1;
    for (; j >= 0 && (values[j] as number) > value; j--) {
      values[j + 1] = values[j] as number;
      weights[j + 1] = weights[j] as number;
    }
    values[j + 1] = value;
    weights[j + 1] = weight;
  }
  let below = 0;
  for (let i = 0; i < count - 1; i++) {
    below += weights[i] as number;
    // At exactly half, both neighbours are medians: take their middle.
    if (Math.abs(below - total / 2) <= total * 1e-12)
      return ((values[i] as number) + (values[i + 1] as number)) / 2;
    if (below > total / 2) return values[i] as number;
  }
  return values[count - 1] as number;
}
