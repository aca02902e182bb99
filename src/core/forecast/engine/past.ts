/** The values a forecast is made from, oldest first, with missing ones bridged but marked. */
export interface Past {
  /** Finite; where a value is missing, a straight line between its neighbours. */
  readonly values: Float64Array;
  /** 1 where the value was seen, 0 where it was bridged: nothing is learnt from a bridge. */
  readonly seen: Uint8Array;
  /** Steps before `values[0]`, so that a season keeps its phase when old values are let go. */
  readonly offset: number;
}

/** A past that grows: plain data, so that it can be sent to a worker and spilled. */
export interface GrowingPast {
  values: Float64Array;
  seen: Uint8Array;
  offset: number;
  length: number;
}

/** Values that forecasts look at: ten days of quarters of an hour, and what a refit of milliseconds can take. */
export const LIMIT = 1000;
/** Values let go at once when the room is full: keeps pushing O(1) on average. */
const SLACK = 250;

/** Bridges `values[from..to)` between its neighbours; at an end of the record the one neighbour is carried on. */
function bridge(values: Float64Array, from: number, to: number, length: number): void {
  const after = to < length ? (values[to] as number) : undefined;
  const before = from > 0 ? (values[from - 1] as number) : after;
  const start = before ?? 0;
  const end = after ?? start;
  for (let i = from; i < to; i++) {
    const share = (i - from + 1) / (to - from + 1);
    values[i] = (1 - share) * start + share * end;
  }
}

/** The newest values of a record; what isn't finite counts as missing. */
export function pastFrom(record: ArrayLike<number>): GrowingPast {
  const offset = Math.max(0, record.length - LIMIT);
  const length = record.length - offset;
  const past = {
    values: new Float64Array(LIMIT + SLACK),
    seen: new Uint8Array(LIMIT + SLACK),
    offset,
    length: 0,
  };
  for (let i = 0; i < length; i++) push(past, record[offset + i] as number);
  return past;
}

/** Adds a step; a gap is carried on until a value closes it, then bridged. */
export function push(past: GrowingPast, value: number): void {
  if (past.length === past.values.length) {
    past.values.copyWithin(0, SLACK);
    past.seen.copyWithin(0, SLACK);
    past.length -= SLACK;
    past.offset += SLACK;
  }
  const { values, seen, length } = past;
  const isSeen = Number.isFinite(value);
  seen[length] = isSeen ? 1 : 0;
  values[length] = isSeen ? value : (values[length - 1] ?? 0);
  past.length = length + 1;
  if (!isSeen || (length > 0 && seen[length - 1])) return;
  let from = length;
  while (from > 0 && !seen[from - 1]) from--;
  bridge(values, from, length, past.length);
}

/** The past as it is, without the room to grow. */
export function viewOf({ values, seen, offset, length }: GrowingPast): Past {
  return { values: values.subarray(0, length), seen: seen.subarray(0, length), offset };
}
