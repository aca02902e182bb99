/**
 * Smooth weighted round robin, as nginx has it (Dounin 2012, nginx commit 52327e0627f4): every pick adds each
 * weight to its credit, the highest credit is taken and pays the sum. With weights 5, 1, 1 the picks are
 * a a b a c a a, and in as many picks as the weights sum to each gets exactly its weight.
 */
export class SmoothWeightedRoundRobin {
  readonly #credits: Float64Array;

  constructor(size: number) {
    this.#credits = new Float64Array(size);
  }

  /**
   * Index of the next pick; -1 where no weight is > 0. What `isOpen` refuses is passed over this once and earns
   * no credit, as nginx does with `max_conns`.
   */
  next(weights: readonly number[], isOpen?: (index: number) => boolean): number {
    const credits = this.#credits;
    let best = -1;
    let total = 0;
    for (let i = 0; i < credits.length; i++) {
      const weight = weights[i] as number;
      if (!(weight > 0) || (isOpen && !isOpen(i))) continue;
      const credit = (credits[i] as number) + weight;
      credits[i] = credit;
      total += weight;
      if (best < 0 || credit > (credits[best] as number)) best = i;
    }
    if (best >= 0) credits[best] = (credits[best] as number) - total;
    return best;
  }
}
