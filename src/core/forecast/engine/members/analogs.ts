import { Nearest } from "../nearest.ts";
import type { Past } from "../past.ts";
import { weightedMedian } from "../statistics.ts";
import type { Member } from "./member.ts";

/**
 * Method of analogues (Lorenz 1969, J. Atmos. Sci. 26; nearest-neighbour prediction: Farmer & Sidorowich 1987): the
 * moments of the past that most resemble the present, and what came after them. No shape is assumed, so duty
 * cycles, bursts and machine rhythms are followed as well as smooth series, and the median of what followed is
 * always a value that can happen.
 *
 * Two moments are as far apart as their pasts, older steps counting less by a factor `memory` each. At a fixed lag
 * that distance follows from the step before in one multiplication and one addition.
 */
export interface AnalogsModel {
  readonly memory: number;
}

/** Neighbours that count: the weighted median of 30 has a standard error of about a quarter of their spread. */
const NEIGHBOURS = 30;
/**
 * Weights fall with the third power of the distance: in a rare state the one moment that resembles it outvotes
 * the many that are merely the least different. A quarter of the middle distance is added, so that where all are
 * alike none decides alone.
 */
const SOFTNESS = 0.25;

/** Steps that distances are carried forward by at once. */
const AT_ONCE = 4;

/** Steps after which a past's weight has fallen below 5 % (e^-3). */
const reach = (memory: number): number => Math.ceil(3 / (1 - memory));

/** Distances of the present to each lag, carried forward step by step. */
class Distances {
  readonly #values: Float64Array;
  readonly #memory: number;
  readonly #distance: Float64Array;
  #next: number;

  constructor(values: Float64Array, memory: number, from: number, to: number) {
    this.#values = values;
    this.#memory = memory;
    this.#distance = new Float64Array(to);
    this.#next = Math.max(1, from);
  }

  advance(origin: number): Float64Array {
    let t = this.#next;
    for (; t + AT_ONCE <= origin; t += AT_ONCE) this.#advanceFour(t);
    for (; t < origin; t++) this.#advanceOne(t, 1);
    this.#next = t;
    return this.#distance;
  }

  #advanceOne(t: number, from: number): void {
    const values = this.#values;
    const distance = this.#distance;
    const memory = this.#memory;
    const value = values[t] as number;
    for (let lag = from; lag <= t; lag++)
      distance[lag] = memory * (distance[lag] as number) + Math.abs(value - (values[t - lag] as number));
  }

  /** The same as four steps, with a quarter of the loads and stores: each value then serves four lags. */
  #advanceFour(t: number): void {
    const values = this.#values;
    const distance = this.#distance;
    const memory = this.#memory;
    const v0 = values[t] as number;
    const v1 = values[t + 1] as number;
    const v2 = values[t + 2] as number;
    const v3 = values[t + 3] as number;
    let [u1, u2, u3] = [v0, v1, v2];
    for (let lag = 1; lag <= t; lag++) {
      const u0 = values[t - lag] as number;
      let d = memory * (distance[lag] as number) + Math.abs(v0 - u0);
      d = memory * d + Math.abs(v1 - u1);
      d = memory * d + Math.abs(v2 - u2);
      distance[lag] = memory * d + Math.abs(v3 - u3);
      u3 = u2;
      u2 = u1;
      u1 = u0;
    }
    // Lags that reach the first value only with the later steps.
    for (let step = t + 1; step < t + AT_ONCE; step++) this.#advanceOne(step, t + 1);
  }
}

/** The nearest of the lags in `from..to`. */
function nearestLags(distance: Float64Array, from: number, to: number, nearest: Nearest): Nearest {
  let farthest = nearest.farthest;
  for (let lag = from; lag <= to; lag++) {
    const d = distance[lag] as number;
    if (d < farthest) farthest = nearest.add(lag, d);
  }
  return nearest;
}

/** Weighted median of what followed the neighbours, step by step; the last value where nothing is known. */
function followed(
  { values, seen }: Past,
  origin: number,
  h: number,
  { at: lags, distance, count }: Nearest,
): Float64Array {
  const path = new Float64Array(h);
  const futures = new Float64Array(NEIGHBOURS);
  const weights = new Float64Array(NEIGHBOURS);
  const soft = SOFTNESS * (distance[count >> 1] as number) + Number.MIN_VALUE;
  const nearness = new Float64Array(NEIGHBOURS);
  for (let j = 0; j < count; j++) {
    const near = soft / ((distance[j] as number) + soft);
    nearness[j] = near * near * near;
  }
  for (let i = 0; i < h; i++) {
    let known = 0;
    for (let j = 0; j < count; j++) {
      const at = origin - (lags[j] as number) + i;
      if (at >= origin || !seen[at]) continue;
      futures[known] = values[at] as number;
      weights[known++] = nearness[j] as number;
    }
    path[i] = known > 0 ? weightedMedian(futures, weights, known) : (values[origin - 1] as number);
  }
  return path;
}

function pathsFrom(memory: number, past: Past, origins: readonly number[], h: number): Float64Array[] {
  const first = origins[0] ?? 0;
  const last = origins.at(-1) ?? 0;
  const distances = new Distances(past.values, memory, first - reach(memory), last);
  const nearest = new Nearest(NEIGHBOURS);
  return origins.map((origin) => {
    const distance = distances.advance(origin);
    // A neighbour needs a past of its own to be compared, and a future to tell of.
    const compared = Math.min(reach(memory), origin >> 2);
    const told = Math.min(h, Math.max(1, (origin - compared) >> 1));
    return followed(past, origin, h, nearestLags(distance, told, origin - compared, nearest.clear()));
  });
}

/** A member that compares pasts with the given memory (0..1): 0.7 looks at 10 steps, 0.9 at 30, 0.97 at 100. */
export function analogs(memory: number): Member<AnalogsModel> {
  return {
    name: `analogs(${reach(memory)})`,
    fit: (_past, length) => (length >= 8 ? { memory } : undefined),
    path: (model, past, origin, h) => pathsFrom(model.memory, past, [origin], h)[0] as Float64Array,
    paths: (model, past, origins, h) => pathsFrom(model.memory, past, origins, h),
  };
}
