import type { Past } from "../past.ts";
import type { Member } from "./member.ts";

/**
 * Intermittent demand by Teunter, Syntetos & Babai (2011): how likely a step has anything, and how much then, smoothed
 * apart; the likelihood falls while nothing comes, which Croston's (1972) doesn't.
 */
export interface IntermittentModel {
  readonly alpha: number;
  readonly beta: number;
}

/** Share of steps with nothing from which it applies. */
const LEAST_EMPTY = 0.2;
const RATES: readonly number[] = [0.02, 0.05, 0.1, 0.2, 0.4];

class Demand {
  likelihood = 1;
  size = 0;
  #step = 0;
  /** Sum of absolute errors one step ahead. */
  error = 0;
  readonly #model: IntermittentModel;

  constructor(model: IntermittentModel) {
    this.#model = model;
  }

  get expected(): number {
    return this.likelihood * this.size;
  }

  advance(values: Float64Array, until: number): void {
    const { alpha, beta } = this.#model;
    for (; this.#step < until; this.#step++) {
      const value = values[this.#step] as number;
      this.error += Math.abs(value - this.expected);
      this.likelihood += beta * ((value === 0 ? 0 : 1) - this.likelihood);
      if (value !== 0) this.size += (this.size === 0 ? 1 : alpha) * (value - this.size);
    }
  }
}

function pathsFrom(
  model: IntermittentModel,
  { values }: Past,
  origins: readonly number[],
  h: number,
): Float64Array[] {
  const demand = new Demand(model);
  return origins.map((origin) => {
    demand.advance(values, origin);
    return new Float64Array(h).fill(demand.expected);
  });
}

export const intermittent: Member<IntermittentModel> = {
  name: "intermittent",

  fit({ values }, length) {
    const known = values.subarray(0, length);
    const empty = known.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0);
    if (length === 0 || empty < LEAST_EMPTY * length) return;
    let best: IntermittentModel = { alpha: 0.1, beta: 0.1 };
    let least = Number.POSITIVE_INFINITY;
    for (const alpha of RATES)
      for (const beta of RATES) {
        const demand = new Demand({ alpha, beta });
        demand.advance(known, length);
        if (!(demand.error < least)) continue;
        least = demand.error;
        best = { alpha, beta };
      }
    return best;
  },

  path: (model, past, origin, h) => pathsFrom(model, past, [origin], h)[0] as Float64Array,
  paths: pathsFrom,
};
